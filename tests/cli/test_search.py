"""grid, random and bayes from the command line."""

import csv
import io
import json

import pytest

SEARCHES = [("grid", "--points", "6"), ("random", "--trials", "6"), ("bayes", "--trials", "6")]


def rows_of(text):
    """The rows of a CSV."""
    return list(csv.DictReader(io.StringIO(text)))


@pytest.mark.parametrize("search", SEARCHES, ids=lambda search: search[0])
def test_a_search_writes_its_folder_and_prints_its_table(lrsearch, tmp_path, search):
    """The folder holds the log and all that is derived from it; stdout the table, stderr the progress."""
    done = lrsearch(*search)
    folder = tmp_path / "runs" / f"digits-{search[0]}-001"
    names = {path.name for path in folder.iterdir() if not path.name.startswith(".")}
    derived = {"results.csv", "trials.csv", "results.json", "results.md"}
    assert names == {"spec.yaml", "run.json", "trials.jsonl", "correct.bin"} | derived
    rows = rows_of((folder / "results.csv").read_text())
    assert [int(row["rank"]) for row in rows] == list(range(1, 7))
    assert "val accuracy" in done.stdout
    assert f"at {float(rows[0]['lr']):.3g}, of 6 rates; one seed" in done.stdout
    assert "recommended lr " in done.stdout
    assert "optimizer = torch.optim.SGD(model.parameters()" in done.stdout
    assert sum(line.startswith("next: ") for line in done.stdout.splitlines()) == 1
    assert "[6/6]" in done.stderr


def test_formats_hold_the_same_results(lrsearch, tmp_path):
    """JSON is one document, CSV is results.csv, Markdown is results.md."""
    document = json.loads(lrsearch("grid", "--format", "json").stdout)
    folder = tmp_path / "runs" / "digits-grid-001"
    assert document == json.loads((folder / "results.json").read_text())
    assert document["best"]["rank"] == 1
    assert lrsearch("show", "latest", "--format", "csv").stdout == (folder / "results.csv").read_text()
    assert lrsearch("show", "--format", "md").stdout == (folder / "results.md").read_text()
    assert float(rows_of((folder / "results.csv").read_text())[0]["lr"]) == document["best"]["lr"]


def test_dry_run_prints_the_rates_and_writes_nothing(lrsearch, tmp_path):
    """The plan is what the search then does."""
    planned = lrsearch("grid", "--points", "5", "--dry-run").stdout
    assert "rates: 0.0001, 0.00132, 0.0173, 0.228, 3" in planned
    assert not (tmp_path / "runs").exists()


def test_repeats_are_averaged(lrsearch, tmp_path):
    """One row for each rate, with its spread over seeds."""
    done = lrsearch("grid", "--points", "4", "--repeats", "3")
    rows = rows_of((tmp_path / "runs/digits-grid-001/results.csv").read_text())
    assert [row["n"] for row in rows] == ["3"] * 4
    assert float(rows[0]["val_accuracy_sd"]) > 0
    assert "±" in done.stdout
    assert "mean over 3 seeds" in done.stdout
    assert len(rows_of((tmp_path / "runs/digits-grid-001/trials.csv").read_text())) == 12


def test_flags_change_the_spec(lrsearch, tmp_path):
    """A flag is a --set by another name."""
    lrsearch("grid", "--low", "1e-3", "--high", "0.1", "--points", "3", "--epochs", "2", "--seed", "5", "--name", "x")
    text = (tmp_path / "runs/x/spec.yaml").read_text()
    assert "lr: {low: 0.001, high: 0.1, scale: log}" in text
    assert "seed: 5" in text
    assert "epochs: 2" in text


def test_a_spec_in_the_folder_is_found(lrsearch, tmp_path):
    """Without SPEC, ./lrsearch.yaml is used, and this is said."""
    lrsearch("init")
    spec = tmp_path / "lrsearch.yaml"
    spec.write_text(spec.read_text().replace("epochs: 20", "epochs: 2"))
    done = lrsearch("grid", "--points", "3", "--name", "mine")
    assert "using ./lrsearch.yaml" in done.stderr
    assert "2 epochs" in done.stderr


def test_best_at_the_edge_is_said(lrsearch):
    """A best rate at the end of the range is no end of the search."""
    done = lrsearch("grid", "--low", "1e-4", "--high", "1e-2", "--points", "4")
    assert "! the best rate lies at the high end of the range" in done.stdout
    assert done.stdout.splitlines()[-1] == "next: lrsearch resume digits-grid-001 --extend"


def test_no_rate_that_trains_is_exit_1(lrsearch):
    """The table is there, the advice is there, and the exit code tells scripts."""
    done = lrsearch("grid", "--low", "2", "--high", "50", "--points", "4", code=1)
    assert "nothing to recommend: " in done.stdout
    assert "search lower" in done.stdout
    assert "collapsed" in done.stdout
    assert "diverged" in done.stdout


def test_quiet_and_verbose(lrsearch):
    """-q says nothing on stderr, -v a line for each epoch."""
    assert lrsearch("grid", "--points", "3", "-q").stderr == ""
    loud = lrsearch("grid", "--points", "3", "--epochs", "3", "-v").stderr
    assert sum("epoch" in line and "train loss" in line for line in loud.splitlines()) == 9


def test_max_time_ends_the_asking(lrsearch):
    """What has begun is finished; the rest waits for a resume."""
    done = lrsearch("grid", "--max-time", "0.3s", LRSEARCH_ANALYTIC_SECONDS="0.02")
    assert "not finished" in done.stdout
    assert done.stderr.splitlines()[-1] == "lrsearch resume digits-grid-001"
    lrsearch("resume", "latest")
    assert "finished" in lrsearch("runs").stdout


def test_real_training_from_the_command_line(lrsearch):
    """The built-in spec on real digits: a good rate, one too low, one that breaks."""
    document = json.loads(lrsearch("grid", "--format", "json", torch=True).stdout)
    states = {row["state"] for row in document["rates"]}
    assert document["best"]["val_accuracy"] >= 0.95
    assert "too low" in states
    assert states & {"collapsed", "diverged"}
    assert len(document["rates"]) == 14


def test_a_run_in_this_folder_is_not_its_namesake_under_runs(lrsearch, tmp_path):
    """With `--runs-dir .` the folder that was made is the one that is searched and read."""
    lrsearch("grid", "--points", "3", "--name", "x")
    other = (tmp_path / "runs/x/trials.jsonl").read_bytes()
    lrsearch("grid", "--points", "5", "--name", "x", "--runs-dir", ".")
    assert (tmp_path / "x/trials.jsonl").read_bytes().count(b"\n") == 1 + 5
    assert (tmp_path / "runs/x/trials.jsonl").read_bytes() == other
