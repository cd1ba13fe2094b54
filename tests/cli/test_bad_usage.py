"""What a person mistypes beyond the spec: rows of the table of bad inputs that need the command line or files."""

import subprocess
import sys

import numpy as np
import pytest


def refused(lrsearch, *args, code=2, **variables):
    """The message of a refused command, which wrote nothing."""
    return lrsearch(*args, code=code, **variables).stderr.strip()


def test_row_11_an_empty_file_is_the_default_spec(lrsearch, tmp_path):
    """It is said, and goes on."""
    (tmp_path / "empty.yaml").write_text("# nothing yet\n")
    done = lrsearch("check", "empty.yaml")
    assert "empty.yaml is empty, so the default spec is used" in done.stderr
    assert lrsearch("check", "/dev/null", "--epochs", "3").stderr == "/dev/null is empty, so the default spec is used\n"


def test_a_pipe_is_a_spec(environment, tmp_path):
    """It is read once, and one that holds nothing is said to be empty, as a file is."""
    for text, said in (("train: {epochs: 3}", ""), ("", "/dev/stdin is empty, so the default spec is used\n")):
        done = subprocess.run(
            [sys.executable, "-m", "lrsearch", "check", "/dev/stdin"],
            input=text,
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stderr == said
        assert (" 3 epochs" in done.stdout) is bool(text)


def test_row_18_a_missing_spec(lrsearch, tmp_path):
    """Named as it was typed; a folder and a typo too."""
    assert refused(lrsearch, "grid", "nothere.yaml") == "nothere.yaml: no such file"
    assert "is a directory" in refused(lrsearch, "grid", ".")
    assert not (tmp_path / "runs").exists()


def test_all_mistakes_at_once_with_their_places(lrsearch, tmp_path):
    """Each mistake of a spec, and of --set, in one go."""
    (tmp_path / "exp.yaml").write_text("train:\n  epoch: 3\nmodel: resnet81\n")
    message = refused(lrsearch, "grid", "exp.yaml", "--set", "search.trials=0")
    assert "exp.yaml:2:3: train: unknown key 'epoch'; did you mean 'epochs'?" in message
    assert "exp.yaml:3:8: model: unknown model 'resnet81'; did you mean 'resnet18'?" in message
    assert "--set: search.trials: must be a whole number of at least 1" in message
    assert not (tmp_path / "runs").exists()


def test_row_25_a_device_that_is_not_there(lrsearch, tmp_path):
    """Says what there is instead, before anything is written."""
    message = refused(lrsearch, "grid", "--device", "cuda:31", torch=True)
    assert message.startswith("run.device: cuda:31 is not available; this machine has")
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize(
    ("arrays", "problem"),
    [
        ({}, "x_train"),
        ({"x_train": np.zeros((100, 8, 8), np.uint8), "y_train": np.zeros(99, int)}, "99"),
        ({"x_train": np.full((100, 8, 8), np.nan), "y_train": np.arange(100) % 3}, "uint8"),
        ({"x_train": np.zeros((100, 8, 8), np.uint8), "y_train": np.arange(100) % 3 + 1}, "begin at 0"),
    ],
)
def test_row_32_arrays_that_are_not_what_they_should_be(lrsearch, tmp_path, arrays, problem):
    """The file is named, and each fault in it; no run folder is made."""
    np.savez(tmp_path / "data.npz", **arrays)
    options = ("--set", "data.dataset=arrays", "--set", "data.path=data.npz")
    message = refused(lrsearch, "grid", *options, torch=True)
    assert "data.npz" in message
    assert problem in message
    assert not (tmp_path / "runs").exists()


def test_row_24_a_batch_larger_than_arrays(lrsearch, tmp_path):
    """What only the data show is said before the run folder is made."""
    np.savez(tmp_path / "d.npz", x_train=np.zeros((100, 8, 8), np.uint8), y_train=np.arange(100) % 3)
    options = ("--set", "data.dataset=arrays", "--set", "data.path=d.npz", "--set", "data.batch_size=5000")
    assert "data.batch_size: 5000 exceeds" in refused(lrsearch, "grid", *options, torch=True)


def test_row_23_a_model_that_cannot_take_arrays(lrsearch, tmp_path):
    """The same words as for a data set whose shape is known beforehand."""
    np.savez(tmp_path / "d.npz", x_train=np.zeros((100, 8, 8), np.uint8), y_train=np.arange(100) % 3)
    options = ("--set", "data.dataset=arrays", "--set", "data.path=d.npz", "--set", "model=resnet18")
    assert "'resnet18' needs images of at least 16x16" in refused(lrsearch, "grid", *options, torch=True)


def test_row_30_runs_that_are_not_there_or_are_there_already(lrsearch):
    """Near names are offered, taken and reserved names refused."""
    lrsearch("grid", "--points", "3", "--name", "first")
    assert "no run 'frist' under runs/; did you mean 'first'?" in refused(lrsearch, "resume", "frist")
    assert "first exists (3 of 3 trials done)" in refused(lrsearch, "grid", "--name", "first")
    assert "'latest' is reserved" in refused(lrsearch, "grid", "--name", "latest")
    for name in ("../../etc", "[red]", "<script>", ""):
        assert "at most 64 letters, digits, '.', '_' and '-'" in refused(lrsearch, "grid", "--name", name)


def test_row_31_a_resume_with_another_spec(lrsearch, tmp_path):
    """Only the budget may change, and only upwards."""
    (tmp_path / "e.yaml").write_text("search: {points: 4}\n")
    lrsearch("grid", "e.yaml", "--name", "x")
    (tmp_path / "e.yaml").write_text("search: {points: 4}\ntrain: {epochs: 7}\n")
    message = refused(lrsearch, "resume", "x", "e.yaml")
    assert "train.epochs was 20, is now 7" in message
    assert "a resume can only raise the budget" in message
    assert "leave out" in refused(lrsearch, "resume", "x", "--points", "5")
    lrsearch("random", "--trials", "6", "--name", "r")
    assert "can only add" in refused(lrsearch, "resume", "r", "--trials", "3")
    (tmp_path / "e.yaml").write_text("search: {points: 7}\n")
    lrsearch("resume", "x", "e.yaml")


def test_row_33_ends_of_a_list(lrsearch, tmp_path):
    """A list of rates has no ends to move."""
    (tmp_path / "e.yaml").write_text("search: {lr: [0.1, 0.01]}\n")
    assert "--low and --high need a range" in refused(lrsearch, "grid", "e.yaml", "--low", "1e-3")


def test_row_34_an_odd_range_is_a_warning(lrsearch):
    """A range that is hardly one, or is everything, goes on."""
    assert lrsearch("check", "--low", "0.1", "--high", "0.11").stderr.startswith("! ")
    assert lrsearch("check", "--low", "1e-11", "--high", "1").stderr.startswith("! ")


def test_row_35_a_runs_folder_that_cannot_be(lrsearch, tmp_path):
    """Said before training begins, by each command; a full or read-only disk is exit 4."""
    (tmp_path / "file").write_text("")
    for args in (("grid",), ("range",), ("runs",), ("show",), ("resume", "x"), ("compare", "a", "b")):
        message = refused(lrsearch, *args, "--runs-dir", "file/runs")
        assert message == "--runs-dir: file is not a folder; name a folder, or one that does not exist yet"


def test_a_variable_that_stands_for_a_flag(lrsearch):
    """The variable is named, unless the flag was typed."""
    message = refused(lrsearch, "grid", LRSEARCH_NO_REPORT="maybe")
    assert message == "lrsearch grid: LRSEARCH_NO_REPORT: expected 1 or 0, got 'maybe'"
    lrsearch("grid", "--no-report", LRSEARCH_NO_REPORT="maybe")


def test_a_run_in_use_is_exit_3(lrsearch, tmp_path):
    """The holder is named, and nothing changes."""
    from lrsearch.store import hold_lock

    lrsearch("grid", "--points", "3", "--name", "x")
    with hold_lock(tmp_path / "runs" / "x"):
        message = refused(lrsearch, "resume", "x", code=3)
    assert "is in use by process" in message


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (
            ("grid", "--trials", "5"),
            "--trials: only for random and bayes; for grid, set the number of rates",
        ),
        (
            ("random", "--points", "5"),
            "--points: only for grid and halving; for random, set the number of rates with --trials",
        ),
        (("grid", "--max-time", "soon"), "expected a duration such as 90s, 30m or 1h30m, got 'soon'"),
        (
            ("bayes", "--set", "search.lr=[0.1, 0.01]"),
            "search.lr: bayes needs a range, but search.lr is a list of rates",
        ),
        (
            ("list", "modles"),
            "did you mean 'models'? Choose datasets, models, optimizers, schedules, losses or metrics",
        ),
        (("list", "models", "vgg"), "unknown model 'vgg'"),
        (("list", "schedules", "one-cycl"), "unknown schedule 'one-cycl'; did you mean 'one-cycle'?"),
        (("list", "schedules", "time-base"), "did you mean 'time-based'?"),
        (("list", "optimizers", "adamx"), "did you mean 'adamax'?"),
        (("schedule", "--out", "rate.pdf"), "--out: expected FILE.png or FILE.svg, got 'rate.pdf'"),
        (("schedule", "--out", "rate"), "--out: expected FILE.png or FILE.svg, got 'rate'"),
        (("schedule", "--out", "there/rate.png"), "--out: no such folder 'there'"),
        (("schedule", "--out", "."), "--out: . is a folder; name a file in it"),
        (("schedule", "--lr", "0"), "--lr: must be above 0, got 0"),
        (("schedule", "--lr=-1e-3"), "--lr: must be above 0, got -1e-3"),
        (("schedule", "--lr", "nan"), "--lr: must be finite, got nan"),
        (("schedule", "--lr", "1e308"), "--lr: 1e+308 is too small or too large to draw"),
        (("schedule", "--epochs", "9" * 40), "--epochs: train.epochs: must be at most 1,000,000, got 9999"),
        (("schedule", "--lr", "fast"), "--lr: expected a number, got text 'fast'"),
        (("schedule", "nothere.yaml"), "nothere.yaml: no such file"),
        (("schedule", "--set", "train.schedule=cosin"), "unknown schedule 'cosin'; did you mean 'cosine'?"),
        (
            ("schedule", "--set", "train.schedule={name: step, every: 20}"),
            "first drop (after 20 epochs) must come before",
        ),
        (("schedule", "--set", "data.dataset=own"), "'own' means arrays given from Python"),
        (("check", "--strategy", "magic"), "unknown strategy 'magic'"),
        (("check", "--strategy", "magic", "--trials", "5"), "unknown strategy 'magic'"),
        (("check", "--trials", "5"), "--trials: only for random and bayes; for grid, set"),
        (("grid", "--set", "search.lr.high"), "expected KEY=VALUE"),
        (("grid", "--set", "a.b=1"), "unknown key 'a'"),
        (("grid", "--low", "abc"), "expected a number, got text 'abc'"),
    ],
)
def test_bad_usage_is_answered_with_what_to_do(lrsearch, tmp_path, args, words):
    """Exit 2, a line that helps, nothing written."""
    assert words in refused(lrsearch, *args)
    assert not (tmp_path / "runs").exists()


def test_a_flag_is_named_as_it_was_typed(lrsearch):
    """Inside it is a --set, which nobody wrote."""
    message = refused(lrsearch, "grid", "--low", "abc", "--refine=-1", "--set", "train.epochs=0")
    assert "--low: search.lr.low: expected a number, got text 'abc'" in message
    assert "--refine: search.refine: must be a whole number of at least 0, got -1" in message
    assert "--set: train.epochs: must be a whole number of at least 1, got 0" in message
