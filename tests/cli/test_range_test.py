"""lrsearch range: what it prints, what it writes, what it refuses."""

import contextlib
import errno
import inspect
import json
import os
import re
import signal

import pytest

from lrsearch.cli.range_test import _claim, _write, range_test
from lrsearch.errors import StorageError
from lrsearch.range_test import RangeOptions
from lrsearch.spec import load_spec


def test_range_prints_drawing_table_answer_and_what_to_paste(lrsearch, tmp_path):
    """On the formula: everything on stdout, progress on stderr."""
    done = lrsearch("range")
    assert re.search(r"^suggested lr 0\.\d+; search 0\.0\d+ \.\. \d", done.stdout, re.MULTILINE)
    assert "method" in done.stdout
    assert "▲" in done.stdout
    pasted = re.search(r"^search:\n(  .*\n)+", done.stdout, re.MULTILINE).group(0)
    (tmp_path / "pasted.yaml").write_text(pasted)
    assert load_spec(tmp_path / "pasted.yaml").search.suggested
    assert done.stdout.splitlines()[-1] == "next: lrsearch grid runs/digits-range-001/found.yaml"
    assert "rank" in lrsearch("grid", "runs/digits-range-001/found.yaml").stdout
    assert done.stderr.splitlines() == ["range test: ramps", "range test: probes"]
    assert "digits-range-001" in lrsearch("runs").stdout
    assert lrsearch("show", "digits-range-001", code=2).stderr.startswith("digits-range-001 is a range test")


def test_pictures_are_left_out_where_reports_are(lrsearch, tmp_path):
    """By the flag or the variable; all else is there."""
    for name, args, variable in (("flag", ("--no-report",), ""), ("set", (), "1"), ("both", (), "")):
        lrsearch("range", "--name", name, *args, LRSEARCH_NO_REPORT=variable)
    expected = {"found.yaml", "range.json", "spec.yaml"}
    assert {path.name for path in (tmp_path / "runs/flag").iterdir()} == expected
    assert {path.name for path in (tmp_path / "runs/set").iterdir()} == expected
    assert {path.name for path in (tmp_path / "runs/both").iterdir()} == expected | {"range.png", "range.svg"}


def test_real_digits_with_torch(lrsearch):
    """As a new user types it."""
    done = lrsearch("range", "--format", "json", "-q", torch=True)
    assert done.stderr == ""
    assert 0.02 < json.loads(done.stdout)["suggestion"]["lr"] < 0.5


def test_write_puts_the_range_into_a_copy(lrsearch, tmp_path):
    """The copy searches there; a file that is there is left alone."""
    (tmp_path / "mine.yaml").write_text("train: {epochs: 7}\n")
    lrsearch("range", "mine.yaml", "--write", "found.yaml")
    found = load_spec(tmp_path / "found.yaml")
    assert (found.name, found.train.epochs) == ("mine", 7)
    assert found.search.lr.low < found.search.suggested < found.search.lr.high
    lrsearch("range", "--write", "new.yaml", "--runs-dir", "mine.yaml", code=2)
    assert not (tmp_path / "new.yaml").exists()  # what could not be done leaves nothing
    assert "exists; name another file" in lrsearch("range", "--write", "found.yaml", code=2).stderr
    assert lrsearch("range", "--write", "no/found.yaml", code=2).stderr
    assert re.search(r"suggested is 0\.\d+: rank \d of 2", lrsearch("bayes", "found.yaml", "--trials", "2").stdout)


def test_a_full_disk_leaves_no_empty_spec(tmp_path, monkeypatch):
    """The file that was claimed before the test goes again; exit 4."""

    def refuse(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    path = tmp_path / "found.yaml"
    _claim(path)
    monkeypatch.setattr(os, "write", refuse)
    with pytest.raises(StorageError, match=r"--write: .*found.yaml: cannot be written: No space left") as caught:
        _write(load_spec(), path)
    assert caught.value.exit_code == 4
    assert not list(tmp_path.iterdir())


def test_write_with_arms(lrsearch, tmp_path):
    """Each arm gets a range of its own."""
    (tmp_path / "arms.yaml").write_text("arms: {a: {train.optimizer: adam}, b: {train.optimizer: sgd}}\n")
    done = lrsearch("range", "arms.yaml", "--write", "found.yaml")
    assert "arm a\n" in done.stdout
    arms = load_spec(tmp_path / "found.yaml").arms
    assert arms["a"]["search.suggested"] < arms["b"]["search.suggested"]


@pytest.mark.parametrize("strategy", ["grid", "random", "bayes"])
def test_range_test_in_front_of_a_search(lrsearch, strategy):
    """--range-test is search.lr: auto; the end says how the suggestion ranked."""
    done = lrsearch(strategy, "--range-test", *(() if strategy == "grid" else ("--trials", 4)))
    assert re.search(r"^the range test suggested 0\.\d+.*: rank \d of \d", done.stdout, re.MULTILINE)
    assert done.stderr.startswith("range test: ramps\nrange test: probes\n  suggested lr ")
    assert "a range test comes first" in lrsearch(strategy, "--range-test", "--dry-run").stdout
    assert "range test" not in lrsearch(strategy, "--range-test", "-q").stderr


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("--low", 1, "--high", 0.1), "--low (1) must be below --high (0.1)"),
        (("--low", -1), "--low: must be a number from 1e-30 to 1e+30, got -1"),
        (
            ("--steps", 5),
            "--steps: 5 steps are too few for a ramp from 1e-07 to 10; give at least 30 (100 to 200 are usual)",
        ),
        (("--seeds", 0), "--seeds: must be a whole number of at least 1, got 0"),
        (("--set", "data.batch_size=2000"), "data.batch_size: 2000 exceeds the 1000 training images"),
        (("--set", "model=nothing"), "unknown model 'nothing'"),
        (("nowhere.yaml",), "no such file"),
        (("--name", "latest"), "'latest' is reserved"),
        (("--write", "/proc/found.yaml"), "--write: /proc/found.yaml: cannot be written"),
    ],
)
def test_what_it_refuses(lrsearch, tmp_path, args, said):
    """Named, exit code 2, nothing written."""
    assert said in lrsearch("range", *args, code=2).stderr
    assert not (tmp_path / "runs").exists()


def test_a_flat_curve_gives_no_suggestion(lrsearch, tmp_path):
    """Exit code 1, why, what to change; no method's rate, no copy of the spec; and it stands in the list."""
    done = lrsearch("range", "--low", "1e-12", "--high", "1e-9", "--write", "found.yaml", code=1)
    why = r"^no suggestion: no rate of the ramp brought the loss below 2\.\d+.*; give a larger --high"
    assert re.search(why, done.stdout, re.MULTILINE)
    assert "steepest" not in done.stdout
    assert "found.yaml was not written" in done.stderr
    assert not (tmp_path / "found.yaml").exists()
    assert "no suggestion" in lrsearch("runs").stdout


def test_low_and_high_do_not_go_with_auto(lrsearch):
    """A range that is to be found has no ends to set."""
    assert "search.lr is auto" in lrsearch("grid", "--range-test", "--low", "1e-3", code=2).stderr


def test_ctrl_c_ends_it_and_nothing_is_written(tmp_path, environment, forks):
    """Exit code 130, one line, no folder."""
    args = ["range", "--set", "model={name: mlp, hidden: [2048, 2048]}"]
    reader, writer = os.pipe()
    process = forks.start(args, cwd=tmp_path, env=environment, stderr=writer)
    os.close(writer)
    with contextlib.closing(process), open(reader) as stderr:  # noqa: PTH123  (a descriptor)
        assert stderr.readline() == "range test: ramps\n"
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 130
        assert stderr.read().endswith("stopped; nothing was written\n")
        assert process.communicate() == ("", "")
    assert not (tmp_path / "runs").exists()


def test_the_flags_default_to_the_rooms_own_options():
    """The help must not import the room, so the defaults of the ramp and the seeds stand twice."""
    given = {name: each.default for name, each in inspect.signature(range_test).parameters.items()}
    options = RangeOptions()
    assert given["seeds"] == options.n_seeds
    assert (given["low"], given["high"], given["steps"]) == (options.ramp.low, options.ramp.high, options.ramp.steps)
    assert given["scale"].value == options.ramp.scale
