"""Steering a finished run: rates that you name, rates left out, runs removed, a check for CI."""

import csv

import pytest


@pytest.fixture
def searched(lrsearch):
    """A finished grid of five rates, named `s`."""
    lrsearch("grid", "--low", "0.001", "--high", "10", "--points", "5", "--name", "s")


def rates(tmp_path):
    """The rates of results.csv."""
    with (tmp_path / "runs/s/results.csv").open() as file:
        return sorted(float(row["lr"]) for row in csv.DictReader(file))


def test_named_rates_are_trained_and_ranked(lrsearch, searched, tmp_path):
    """`--try` adds rates to those of the search; a second one adds to the first."""
    lrsearch("resume", "s", "--try", "0.03,0.05")
    assert rates(tmp_path) == [0.001, 0.01, 0.03, 0.05, 0.1, 1.0, 10.0]
    lrsearch("resume", "s", "--try", "0.2")
    assert rates(tmp_path) == [0.001, 0.01, 0.03, 0.05, 0.1, 0.2, 1.0, 10.0]
    with (tmp_path / "runs/s/trials.csv").open() as file:
        stages = {float(row["lr"]): row["stage"] for row in csv.DictReader(file)}
    assert {lr for lr, stage in stages.items() if stage == "named"} == {0.03, 0.05, 0.2}


def test_named_rates_of_a_new_search(lrsearch, tmp_path):
    """They come after the search, with all its seeds; a rate of the grid is not trained twice."""
    lrsearch(
        "grid", "--low", "0.001", "--high", "10", "--points", "5", "--repeats", "2", "--try", "0.1,0.2", "--name", "s"
    )
    assert rates(tmp_path) == [0.001, 0.01, 0.1, 0.2, 1.0, 10.0]
    with (tmp_path / "runs/s/trials.csv").open() as file:
        assert sum(float(row["lr"]) == 0.1 for row in csv.DictReader(file)) == 2


def test_named_rates_leave_earlier_stages_as_they_were(lrsearch, tmp_path):
    """Rates that refine has added are the same after a rate was named."""
    lrsearch("grid", "--low", "0.001", "--high", "10", "--points", "5", "--refine", "2", "--name", "s")
    before = rates(tmp_path)
    lrsearch("resume", "s", "--try", "0.2")
    assert rates(tmp_path) == sorted([*before, 0.2])


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("0", "--try: search.named[0]: must be above 0, got 0"),
        ("0.2,x", "--try: search.named[1]: expected a number, got text 'x'"),
        ("0.2,0.2", "--try: search.named[1]: 0.2 repeats search.named[0]"),
        ("0.1", "s has tried 0.1 already; name other rates, or add seeds with --repeats"),
    ],
)
def test_named_rates_that_cannot_be(lrsearch, searched, value, message):
    """One line, and nothing is trained."""
    assert lrsearch("resume", "s", "--try", value, code=2).stderr.strip() == message


@pytest.mark.parametrize(
    "search",
    [
        ("grid", "--low", "0.001", "--high", "10", "--points", "5", "--refine", "2", "--confirm", "2"),
        ("halving", "--points", "6"),
        ("auto",),
    ],
)
def test_a_line_that_is_gone_is_trained_again(lrsearch, tmp_path, search):
    """Somebody removed the last line of the log of a finished search; a resume gives the same results as before."""
    lrsearch(*search, "--name", "s")
    log, table = tmp_path / "runs/s/trials.jsonl", tmp_path / "runs/s/results.csv"
    lines, before = log.read_bytes().splitlines(keepends=True), rates(tmp_path)
    log.write_bytes(b"".join(lines[:-1]))
    assert "not finished" in lrsearch("show", "s").stdout
    lrsearch("resume", "s")
    assert len(log.read_bytes().splitlines()) == len(lines)
    assert rates(tmp_path) == before
    assert table.exists()


def test_a_pruned_rate_cannot_be_named(lrsearch, tmp_path):
    """The line names a rate beside it, and this command works."""
    lrsearch("grid", "--prune", "median", "--low", "0.001", "--high", "10", "--points", "9", "--name", "s")
    with (tmp_path / "runs/s/trials.csv").open() as file:
        pruned = [row["lr"] for row in csv.DictReader(file) if row["state"] == "pruned"]
    error = lrsearch("resume", "s", "--try", pruned[0], code=2).stderr.strip()
    assert error.startswith(f"s has tried {pruned[0]} already, and pruned it; to train such a rate to its end, name")
    beside = error.rpartition("--try ")[2]
    lrsearch("resume", "s", "--try", beside)
    with (tmp_path / "runs/s/trials.csv").open() as file:
        assert [row["state"] for row in csv.DictReader(file) if row["lr"] == beside] == ["ok"]


def test_a_dropped_rate_is_left_out_until_it_is_taken_back(lrsearch, searched, tmp_path):
    """It is gone from table and files, a warning says so, and nothing is lost."""
    log = (tmp_path / "runs/s/trials.jsonl").read_bytes()
    best = lrsearch("show", "s").stdout
    out = lrsearch("drop", "s", "0.1").stdout
    assert rates(tmp_path) == [0.001, 0.01, 1.0, 10.0]
    assert "! left out of the ranking: 0.1; `lrsearch drop s --undo` ranks all rates again" in out
    assert lrsearch("show", "s").stdout == out
    lrsearch("drop", "s", "--undo")
    assert lrsearch("show", "s").stdout == best
    assert (tmp_path / "runs/s/trials.jsonl").read_bytes() == log


def test_an_edited_dropped_json(lrsearch, searched, tmp_path):
    """Nothing is said to be left out that is ranked, and if all rates are left out, that is the reason."""
    path = tmp_path / "runs/s/dropped.json"
    path.write_text('{"format": 1, "rates": [0.1001, 0.5]}')
    out = lrsearch("show", "s").stdout
    assert "! left out of the ranking: 0.1; `lrsearch drop s --undo` ranks all rates again" in out
    assert "! dropped.json: 0.5 was not tried, so the ranking has no such rate (changed by hand?)" in out
    assert "   1.00e-01   " not in out
    path.write_text('{"format": 1, "rates": [0.001, 0.01, 0.1, 1, 10]}')
    out = lrsearch("show", "s").stdout
    assert "nothing to recommend: every rate that was tried is left out of the ranking" in out


def test_drop_without_a_rate(lrsearch, searched):
    """The message says what to name."""
    assert "drop: name the rates to leave out, such as 0.3" in lrsearch("drop", "s", code=2).stderr


def test_runs_are_removed(lrsearch, searched, tmp_path):
    """Only with --yes where nobody can answer, and never by `latest`."""
    assert "add --yes to remove without a question" in lrsearch("rm", "s", code=2).stderr
    assert "give the name of the run in place of latest" in lrsearch("rm", "latest", "--yes", code=2).stderr
    assert "no run 'other'" in lrsearch("rm", "s", "other", "--yes", code=2).stderr
    assert (tmp_path / "runs/s").is_dir()
    assert lrsearch("rm", "s", "--yes").stderr.strip() == "removed 1 run: runs/s"
    assert not (tmp_path / "runs/s").exists()


@pytest.mark.parametrize(("bound", "code"), [("0.5", 0), ("0.999", 1)])
def test_a_check_for_ci(lrsearch, tmp_path, bound, code):
    """Exit 1 if the expected score is worse; in the metric's own direction."""
    err = lrsearch("grid", "--points", "5", "--fail-below", bound, code=code).stderr
    assert ("--fail-below 0.999: the score" in err) == (code == 1)
    lrsearch("grid", "--points", "5", "--metric", "val_loss", "--fail-below", "5")
    assert lrsearch("grid", "--fail-below", "nan", code=2).stderr == "--fail-below: must be finite, got nan\n"
    lrsearch("grid", "--points", "5", "--metric", "val_loss", "--fail-below", "0.000001", code=1)


def test_an_edited_spec_of_a_run_is_told(lrsearch, searched, tmp_path):
    """A resume goes on with run.json, so the edit would be lost without a word. An untouched file says nothing."""
    assert "spec.yaml" not in lrsearch("resume", "s").stderr
    path = tmp_path / "runs/s/spec.yaml"
    text = path.read_text()
    path.write_text(text.replace("batch_size: 64", "batch_size: 32"))
    assert path.read_text() != text
    assert lrsearch("resume", "s").stderr.splitlines()[0] == (
        "! runs/s/spec.yaml: data.batch_size differs from run.json, which a resume goes on with; to use the changed "
        "spec: lrsearch resume s runs/s/spec.yaml"
    )
