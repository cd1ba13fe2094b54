"""The results as CSV and JSON: golden files, exact numbers, harmless cells."""

from __future__ import annotations

import csv
import io
import json
import math
import os
from dataclasses import replace

import pytest

from factories import make_result
from lrsearch.analysis.ranking import rank_results
from lrsearch.store import RunFolder, results_csv, results_json, results_md, trials_csv, write_results

SPEC = {"name": "digits", "search": {"lr": {"low": 1e-4, "high": 3.0}}}
WARNINGS = ("the best rate lies at the low end of the range (1.0e-02 .. 3.0e+00); search lower",)


@pytest.fixture
def recorded():
    """A small search with every kind of row, and one trial that was tried again."""
    return (
        make_result(0.01, 0.95, val_loss=0.2),
        make_result(0.01, 0.97, number=1, repeat=1, val_loss=0.1),
        make_result(1 / 3, 0.9, number=2),
        make_result(1 / 3, 0.1, number=3, repeat=1, learned=False),
        make_result(1.0, None, number=4, state="killed", message="worker died"),
        make_result(3.0, None, number=5, state="diverged", val_loss=math.nan, message="loss is NaN at step 7"),
        make_result(1.0, None, number=4, state="failed", message="=HYPERLINK(1) | <b>"),
    )


def test_results_csv(recorded, check_golden):
    """One line for each rate."""
    check_golden("results.csv", results_csv(rank_results(recorded)))


def test_trials_csv(recorded, check_golden):
    """One line for each training, the retry in place of the fault."""
    check_golden("trials.csv", trials_csv(recorded))


def test_results_json(recorded, manifest, check_golden):
    """One document, strict JSON."""
    text = results_json(manifest, SPEC, rank_results(recorded), recorded, WARNINGS)
    check_golden("results.json", text)
    document = json.loads(text, parse_constant=pytest.fail)
    assert document["best"] == document["rates"][0]
    assert document["collapses_from"] == {"": 1 / 3}
    assert document["trials"][5]["val_loss"] is None


def test_nothing_to_tell(manifest):
    """A run without results has tables without rows."""
    ranking = rank_results([])
    assert results_csv(ranking).count("\n") == trials_csv([]).count("\n") == 1
    document = json.loads(results_json(manifest, {}, ranking, []))
    assert (document["best"], document["rates"], document["trials"]) == (None, [], [])


def test_rates_are_exact():
    """The rate in the table is the rate that was trained."""
    rates = [0.1, 1 / 3, 1e-05, 2.0, 0.30000000000000004]
    text = results_csv(rank_results(make_result(lr, number=number) for number, lr in enumerate(rates)))
    assert sorted(float(row["lr"]) for row in csv.DictReader(io.StringIO(text))) == sorted(rates)


@pytest.mark.parametrize("message", ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1"])
def test_no_formula_reaches_a_spreadsheet(message):
    """Text that would be a formula is defused; a negative number stays a number."""
    text = trials_csv([make_result(state="failed", score=None, message=message, val_loss=-1.5)])
    (row,) = csv.DictReader(io.StringIO(text, newline=""))
    assert row["message"] == f"'{message.strip()}"
    assert row["val_loss"] == "-1.5"


def test_text_with_commas_quotes_and_lines():
    """CSV's own signs come back as they were; a row is always one line."""
    text = trials_csv([make_result(message='a, "b"\n\rc')])
    (row,) = csv.DictReader(io.StringIO(text, newline=""))
    assert row["message"] == 'a, "b" c'
    assert len(text.splitlines()) == 2


def test_write_results(tmp_path, recorded, manifest):
    """The files hold the same text that is printed; text that is not UTF-8 spoils none."""
    odd = (*recorded, replace(recorded[2], state="failed", message=os.fsdecode(b"\xff")))
    ranking = rank_results(odd)
    run = RunFolder(tmp_path)
    write_results(run, manifest, SPEC, ranking, odd, WARNINGS)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "results.csv",
        "results.json",
        "results.md",
        "trials.csv",
    ]
    assert run.results_csv.read_text() == results_csv(ranking).encode(errors="backslashreplace").decode()
    assert run.results_json.read_text() == results_json(manifest, SPEC, ranking, odd, WARNINGS)
    assert run.results_md.read_text().startswith(results_md(manifest, SPEC, ranking, WARNINGS)[:100])
