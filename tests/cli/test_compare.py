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
        ("one",): "needs at least two runs",
        ("one", "one"): "named twice",
        ("one", "three"): "no run 'three'",
        ("one", "two"): "validated on other images than",
        ("one", "two", "--out", "c.gif"): "expected FILE.html, FILE.svg or FILE.png",
    }.items():
        assert words in lrsearch("compare", *args, code=2).stderr
    done = lrsearch("compare", "one", "two", "--force")
    assert "! " in done.stderr


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


def test_a_comparison_is_written_wholly_or_not_at_all(lrsearch, tmp_path):
    """A full disk is exit 4 and leaves the old page; a link stays one, and its target is written."""
    for name in ("one", "two"):
        lrsearch("grid", "--points", "4", "--name", name)
    page = tmp_path / "c.html"
    page.write_text("old")
    full = {"LRSEARCH_FAILPOINT": "any:2:enospc"}
    said = lrsearch("compare", "one", "two", "--out", "c.html", code=4, **full).stderr
    assert "--out: c.html: cannot be written: No space left on device; make room, and run the command again" in said
    assert page.read_text() == "old"
    (tmp_path / "link.html").symlink_to(page)
    lrsearch("compare", "one", "two", "--out", "link.html")
    assert (tmp_path / "link.html").is_symlink()
    assert "<table" in page.read_text()


def test_rates_that_lie_close_together(lrsearch):
    """Tables have as many digits as tell a best rate from its neighbours."""
    narrow = ("--low", "0.1001", "--high", "0.1004", "--points", "4")
    for name in ("one", "two"):
        lrsearch("grid", *narrow, "--name", name)
    shown = lrsearch("compare", "one", "two", "--format", "md").stdout.splitlines()[2]
    best = lrsearch("compare", "one", "two", "--format", "csv").stdout.splitlines()[1].split(",")[3]
    assert f"| {float(best):.4g} |" in shown
    assert f" {float(best):.3e} " in lrsearch("runs").stdout
