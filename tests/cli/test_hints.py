"""Commands that messages suggest, copied into a shell: each one works when the run is not in ./runs."""

import re
import shlex

import pytest

RUNS = ("--runs-dir", "my runs")
SMALL = ("--low", "0.01", "--high", "1", "--points", "3", "--quiet")
PRINTS = ("--", "sh", "-c", "echo val_acc={lr}")


def suggested(done):
    """The commands of lrsearch in what was printed, without its own name."""
    text = done.stdout + done.stderr
    quoted = re.findall(r"`lrsearch ([^`]+)`", text)
    whole = re.findall(r"^(?:next: )?lrsearch (\w+ .*)$|: lrsearch (resume .*)$", text, re.MULTILINE)
    return [shlex.split(command) for command in [*quoted, *("".join(parts) for parts in whole)]]


@pytest.fixture
def searched(lrsearch):
    """A finished search `s` in a folder with a space."""
    return lrsearch("grid", *SMALL, "--name", "s", *RUNS)


def test_the_next_command(lrsearch, searched):
    """The rest of a search."""
    assert suggested(searched) == [["resume", "my runs/s", "--refine", "4", "--confirm", "3"]]
    lrsearch(*suggested(searched)[0])


def test_dropped_rates_come_back(lrsearch, searched):
    """`drop --undo` of this run, not of one in ./runs."""
    undo = ["drop", "my runs/s", "--undo"]
    assert undo in suggested(lrsearch("drop", "s", "0.1", *RUNS))
    lrsearch(*undo)


def test_a_name_that_is_taken(lrsearch, searched):
    """With the command that goes on."""
    [resume] = suggested(lrsearch("grid", *SMALL, "--name", "s", *RUNS, code=2))
    assert resume == ["resume", "my runs/s"]
    lrsearch(*resume)


def test_runs_that_are_not_found(lrsearch, searched):
    """The list is that of the folder that was named; an empty folder gets its first run."""
    [runs] = suggested(lrsearch("show", "zzz", *RUNS, code=2))
    assert "s" in lrsearch(*runs).stdout
    [grid] = suggested(lrsearch("runs", "--runs-dir", "other"))
    assert grid == ["grid", "--runs-dir", "other"]


def test_an_edited_spec(lrsearch, searched, tmp_path):
    """The command names the run and its spec."""
    spec = tmp_path / "my runs/s/spec.yaml"
    spec.write_text(spec.read_text().replace("points: 3", "points: 5"))
    resume = ["resume", "my runs/s", "my runs/s/spec.yaml"]
    assert resume in suggested(lrsearch("resume", "s", *RUNS))
    assert "5/5" in lrsearch(*resume).stderr


def test_an_older_run_that_is_not_finished(lrsearch, tmp_path):
    """`resume latest` names it."""
    lrsearch("random", "--trials", "3", "--low", "0.05", "--high", "0.5", "--name", "old", *RUNS, "--quiet")
    log = tmp_path / "my runs/old/trials.jsonl"
    log.write_bytes(b"".join(log.read_bytes().splitlines(keepends=True)[:-1]))
    manifest = tmp_path / "my runs/old/run.json"
    manifest.write_text(manifest.read_text().replace('"finished": true', '"finished": false'))
    lrsearch("grid", *SMALL, "--name", "new", *RUNS)
    [resume, *_] = suggested(lrsearch("resume", "latest", *RUNS))
    assert resume == ["resume", "my runs/old"]
    lrsearch(*resume)


def test_a_program(lrsearch, tmp_path):
    """Another name of its metric, its secrets, and another range, from another folder too."""
    [other, _] = suggested(lrsearch("grid", *SMALL, "--metric", "loss", "--name", "p", *RUNS, *PRINTS, code=2))[-2:]
    assert other == ["resume", "my runs/p", "--metric", "NAME"]
    lrsearch(*other[:-1], "val_acc")
    shown = suggested(lrsearch("resume", "p", "--metric", "loss", *RUNS, code=2))
    assert shown == [["show", "my runs/p", "--metric", "NAME"]]
    secret = ("--", "sh", "-c", "echo val_acc={lr}", "TOKEN=sesame")
    lrsearch("grid", *SMALL, "--metric", "val_acc", "--name", "q", *RUNS, *secret)
    [given] = suggested(lrsearch("resume", "q", "--points", "5", *RUNS, code=2))
    assert given == ["resume", "my runs/q", *secret[:-1], "TOKEN=***"]
    lrsearch(*given[:2], "--points", "5", *given[2:-1], "TOKEN=sesame")


def test_a_run_that_is_named_like_a_spec(lrsearch):
    """Its name is that of the run, for `train` too."""
    lrsearch("grid", *SMALL, "--metric", "val_acc", "--name", "a.yaml", *PRINTS)
    assert "recommended" in lrsearch("train", "a.yaml").stdout
