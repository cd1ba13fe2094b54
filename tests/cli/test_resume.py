"""resume: after a signal, after a kill, with a larger budget."""

import re
import signal

import pytest

UNTIMED = slice(0, 10)  # columns of results.csv before seconds


def table(tmp_path, name):
    """A run's results without times."""
    lines = (tmp_path / "runs" / name / "results.csv").read_text().splitlines()
    return [line.split(",")[UNTIMED] for line in lines]


@pytest.mark.parametrize(
    ("search", "number", "code"),
    [
        ("grid", signal.SIGINT, 130),
        ("grid", signal.SIGTERM, 143),
        ("random", signal.SIGTERM, 143),
        ("bayes", signal.SIGINT, 130),
    ],
)
def test_a_signal_stops_and_a_resume_completes(lrsearch, cut_off, tmp_path, search, number, code):
    """Finished trials are kept and shown, the exit code names the signal, the resumed table is the same."""
    lrsearch(search, "--name", "whole")
    cut = cut_off(number, search, n_lines=4)
    assert cut.returncode == code
    assert cut.stderr.splitlines()[-1] == "lrsearch resume cut"
    assert "not finished" in cut.stdout
    assert (tmp_path / "runs/cut/trials.jsonl").read_bytes().count(b"\n") < len(table(tmp_path, "whole"))
    lrsearch("resume", "cut")
    assert table(tmp_path, "cut") == table(tmp_path, "whole")


def test_a_killed_search_resumes_to_the_same_table(lrsearch, cut_off, tmp_path):
    """SIGKILL in the middle of a trial: the lock is free, and nothing is lost or doubled."""
    lrsearch("bayes", "--name", "whole")
    cut_off(signal.SIGKILL, "bayes", "-q", n_lines=6)
    lrsearch("resume", "cut")
    assert table(tmp_path, "cut") == table(tmp_path, "whole")


def test_a_finished_run_prints_its_table_and_trains_nothing(lrsearch, tmp_path):
    """Resuming what is done is no error; lost results files come back."""
    lrsearch("grid", "--points", "4")
    folder = tmp_path / "runs/digits-grid-001"
    log = (folder / "trials.jsonl").read_bytes()
    shown = lrsearch("show").stdout
    (folder / "results.csv").unlink()
    assert lrsearch("resume", "latest").stdout == shown
    assert (folder / "results.csv").exists()
    assert (folder / "trials.jsonl").read_bytes() == log


@pytest.mark.parametrize(
    ("search", "larger", "rows"),
    [
        (("grid", "--points", "4"), ("--points", "7"), 7),
        (("random", "--trials", "5"), ("--trials", "9"), 9),
        (("bayes", "--trials", "5"), ("--trials", "9"), 9),
    ],
)
def test_a_larger_budget_adds_and_equals_one_search(lrsearch, tmp_path, search, larger, rows):
    """A budget that grew is the search that had it from the start."""
    lrsearch(*search, "--name", "grown")
    before = (tmp_path / "runs/grown/trials.jsonl").read_bytes()
    lrsearch("resume", "grown", *larger)
    lrsearch(search[0], *larger, "--name", "large")
    assert (tmp_path / "runs/grown/trials.jsonl").read_bytes().startswith(before)
    assert len(table(tmp_path, "grown")) == rows + 1
    assert sorted(table(tmp_path, "grown")) == sorted(table(tmp_path, "large"))


def test_more_repeats_are_added(lrsearch, tmp_path):
    """Each rate gets its further seeds, and keeps its first."""
    lrsearch("grid", "--points", "4", "--name", "x")
    lrsearch("resume", "x", "--repeats", "3")
    assert [row[5] for row in table(tmp_path, "x")[1:]] == ["3"] * 4
    assert (tmp_path / "runs/x/trials.jsonl").read_bytes().count(b"\n") == 1 + 12


def test_real_training_resumes_to_the_bit(lrsearch, cut_off, tmp_path):
    """A convolutional network with flips and crops, stopped in the middle and resumed: the same log, times apart."""
    data = "data.dataset={name: synthetic, shape: [3, 12, 12], size: 300, classes: 4}"
    args = ["grid", "--set", data, "--set", "model=convnet", "--set", "data.augment=flip-crop", "--epochs", "3"]
    args += ["--set", "run.executor=inline", "--set", "data.batch_size=50", "--set", "search.lr=[0.01, 0.03, 0.1, 0.3]"]
    lrsearch(*args, "--name", "whole", torch=True)
    cut_off(signal.SIGKILL, *args, "-q", n_lines=2, torch=True)
    lrsearch("resume", "cut", torch=True)
    trials = [
        [line.split(",")[:15] for line in (tmp_path / f"runs/{name}/trials.csv").read_text().splitlines()]
        for name in ("whole", "cut")
    ]
    assert trials[0] == trials[1]


def test_a_spec_file_that_was_edited_changes_nothing(lrsearch, tmp_path):
    """`run.json` and the log are all that a resume needs; `spec.yaml` is for people."""
    lrsearch("grid", "--points", "4", "--name", "x")
    spec = tmp_path / "runs/x/spec.yaml"
    spec.write_text("train: {epochs: 1}\n")
    lrsearch("resume", "x", "--points", "7")
    assert "epochs: 20" in spec.read_text()
    spec.unlink()
    lrsearch("show", "x")
    lrsearch("resume", "x")


def test_a_deleted_line_of_the_log_is_trained_again(lrsearch, tmp_path):
    """As the message on a damaged line advises; the whole log too."""
    lrsearch("grid", "--points", "5", "--name", "x")
    log = tmp_path / "runs/x/trials.jsonl"
    whole = table(tmp_path, "x")
    lines = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(b"".join(lines[:2] + lines[3:]))
    assert "not finished: 4 of 5 trials" in lrsearch("show", "x").stdout
    lrsearch("resume", "x")
    assert table(tmp_path, "x") == whole
    log.unlink()
    assert "not finished: 0 of 5 trials" in lrsearch("show", "x").stdout
    lrsearch("resume", "x")
    assert table(tmp_path, "x") == whole


def test_what_follows_a_search_is_planned_counted_and_only_grows(lrsearch):
    """The plan names it, the list of runs counts it, a resume cannot take it back."""
    plan = lrsearch("check", "--points", "5", "--set", "search.refine=2", "--set", "search.confirm=2").stdout
    assert "then, if the results need more trainings, at most 2 to refine, 10 to confirm" in plan
    lrsearch("grid", "--points", "5", "--refine", "2", "--confirm", "2", "--max-repeats", "3", "--name", "x")
    assert re.search(r" 1[13] ", lrsearch("runs").stdout)
    for change in (("--refine", "1"), ("--confirm", "1"), ("--max-repeats", "2")):
        assert "a resume can only keep or raise this value" in lrsearch("resume", "x", *change, code=2).stderr


def test_a_bad_value_is_that_of_its_flag(lrsearch):
    """A flag of resume is no --set."""
    lrsearch("grid", "--points", "3", "--name", "x")
    message = lrsearch("resume", "x", "--max-repeats", "1", code=2).stderr
    assert message == "--max-repeats: search.max_repeats: must be a whole number of at least 2, got 1\n"


def test_latest_is_the_newest_run_and_an_older_one_may_be_interrupted(lrsearch, tmp_path):
    """A line names it, with the command that resumes it; it is said of no run that is finished."""
    lrsearch("grid", "--points", "3", "--name", "cut")
    lrsearch("grid", "--points", "3", "--name", "new")
    assert "not finished" not in lrsearch("resume", "latest").stderr
    manifest = tmp_path / "runs/cut/run.json"
    manifest.write_text(manifest.read_text().replace('"finished": true', '"finished": false'))
    line = "! latest is new, which is finished; not finished: cut; to continue this run: `lrsearch resume cut`"
    assert line in lrsearch("resume", "latest").stderr.splitlines()


def test_a_resume_takes_set(lrsearch, tmp_path):
    """For the place of the data; a key of the training is refused, and an unknown one too."""
    lrsearch("grid", "--points", "4", "--name", "x")
    lrsearch("resume", "x", "--set", f"data.root={tmp_path}")
    assert f"root: {tmp_path}" in (tmp_path / "runs/x/spec.yaml").read_text()
    assert "train.epochs was 20, is now 3" in lrsearch("resume", "x", "--set", "train.epochs=3", code=2).stderr
    assert (
        "--set: data: unknown key 'pth'; did you mean 'path'?"
        in lrsearch("resume", "x", "--set", "data.pth=3", code=2).stderr
    )


def test_a_resume_goes_on_with_tensorboard(lrsearch, tmp_path):
    """All trials of the run have their files, though only the first session was told to write them."""
    pytest.importorskip("tensorboard")
    lrsearch("grid", "--points", "4", "--name", "x", "--tensorboard")
    lrsearch("resume", "x", "--points", "7")
    assert len(list((tmp_path / "runs/x/tensorboard").glob("lr-*"))) == 7
