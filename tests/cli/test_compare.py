"""Runs side by side, from the command line."""

import json
import re


def test_two_runs(lrsearch, tmp_path):
    """A table, what differs, and a page and a picture beside it."""
    lrsearch("grid", "--points", "5", "--name", "one")
    lrsearch("grid", "--points", "5", "--name", "two", "--set", "train.optimizer=adam")
    done = lrsearch("compare", "one", "two", "--out", "c.html", "--out", "c.png", "--out", "c.svg")
    assert "train.optimizer: " in done.stdout
    assert (tmp_path / "c.html").read_text().count("<tr") >= 4
    assert (tmp_path / "c.png").read_bytes().startswith(b"\x89PNG")
    assert json.loads(lrsearch("compare", "one", "two", "--format", "json").stdout)["format"] == 1
    assert lrsearch("compare", "one", "two", "--format", "csv").stdout.startswith("rank,run,arm,")
    assert lrsearch("compare", "one", "two", "--format", "md").stdout.startswith("| rank |")


def test_what_cannot_be_compared(lrsearch):
    """One run, one twice, none of that name, a picture of no kind: a line each, exit code 2."""
    lrsearch("grid", "--points", "4", "--name", "one")
    lrsearch("grid", "--points", "4", "--name", "two", "--set", "data.split_seed=1")
    for args, words in {
        ("one",): "needs two runs",
        ("one", "one"): "named twice",
        ("one", "three"): "no run 'three'",
        ("one", "two"): "validated on other images than",
        ("one", "two", "--out", "c.gif"): "must end in",
    }.items():
        assert words in lrsearch("compare", *args, code=2).stderr
    done = lrsearch("compare", "one", "two", "--force")
    assert "! " in done.stderr


def test_a_report_beside_the_tables(lrsearch, tmp_path):
    """`report` makes it again, and the search makes it unless it is told not to."""
    done = lrsearch("grid", "--points", "4", "--name", "one", LRSEARCH_NO_REPORT="")
    page, plots = tmp_path / "runs/one/report.html", tmp_path / "runs/one/plots"
    assert "report.html" in done.stdout
    first = page.read_text()
    page.unlink()
    assert "wrote report.html" in lrsearch("report", "one").stderr
    assert page.read_text() == first
    assert {"accuracy.svg", "accuracy.png"} <= {path.name for path in plots.iterdir()}
    lrsearch("grid", "--points", "4", "--name", "two", "--no-report", LRSEARCH_NO_REPORT="")
    assert not (tmp_path / "runs/two/report.html").exists()


def test_a_report_of_a_run_without_a_result(lrsearch, tmp_path):
    """Stopped before the first trial ended: a page all the same."""
    lrsearch("grid", "--points", "4", "--name", "one")
    folder = tmp_path / "runs/one"
    log, manifest = folder / "trials.jsonl", folder / "run.json"
    log.write_bytes(log.read_bytes().split(b"\n")[0] + b"\n")
    manifest.write_text(manifest.read_text().replace('"finished": true', '"finished": false'))
    lrsearch("report", "one")
    assert "No training has ended yet" in (folder / "report.html").read_text()
    assert "no training has ended yet" in lrsearch("show", "one").stdout


def test_a_run_of_a_newer_version_and_lost_tables(lrsearch, tmp_path):
    """What cannot be read is said; what is derived comes back."""
    for name in ("one", "two"):
        lrsearch("grid", "--points", "4", "--name", name)
    folder = tmp_path / "runs/one"
    for path in folder.glob("results.*"):
        path.unlink()
    assert "two" in lrsearch("compare", "one", "two").stdout
    lrsearch("report", "one")
    assert {"results.csv", "results.json", "results.md", "report.html"} <= {path.name for path in folder.iterdir()}
    manifest = folder / "run.json"
    manifest.write_text(re.sub(r'"format": \d+', '"format": 99', manifest.read_text(), count=1))
    for command in (("show", "one"), ("report", "one"), ("compare", "one", "two")):
        assert "newer" in lrsearch(*command, code=4).stderr


def test_a_finished_run_without_its_log_is_left_alone(lrsearch, tmp_path):
    """Its tables may be the last copy of its results."""
    lrsearch("grid", "--points", "4", "--name", "one")
    folder = tmp_path / "runs/one"
    before = (folder / "results.csv").read_text()
    (folder / "trials.jsonl").unlink()
    assert "nothing was changed" in lrsearch("report", "one", code=4).stderr
    assert (folder / "results.csv").read_text() == before
