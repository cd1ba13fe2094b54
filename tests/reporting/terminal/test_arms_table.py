"""A run with arms on a terminal: the arms, then the rates of each."""

from __future__ import annotations

import io
import os
import re
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from factories import make_result
from lrsearch.analysis.ranking import rank_results
from lrsearch.cli.options import Format
from lrsearch.cli.output import print_run
from lrsearch.reporting.terminal import arms_table, footer_lines, header_line, next_command, ranked_table
from lrsearch.runs.api import run_search
from lrsearch.spec import make_spec

GOLDEN = Path(__file__).parent / "golden"
ARMS = {
    "sgd-constant": {"train.optimizer": {"name": "sgd", "momentum": 0.9}},
    "sgd-coarse": {"train.schedule": "cosine", "search.points": 4},
    "adam": {"train.optimizer": "adam", "search.lr": {"low": 1e-5, "high": 1e-1}},
}


@pytest.fixture
def run(analytic, tmp_path, monkeypatch):
    """A finished run of the formula with three arms."""
    monkeypatch.chdir(tmp_path)
    return run_search(make_spec({"search": {"points": 6}, "arms": ARMS}), name="arms")


def text_of(*tables, width):
    """Tables as text."""
    console = Console(width=width, record=True, markup=False, emoji=False, highlight=False, file=io.StringIO())
    for table in tables:
        console.print(table)
    return "\n".join(line.rstrip() for line in console.export_text().splitlines()) + "\n"


def test_arms_that_are_tied_with_the_best_are_marked(run):
    """In place of a state; the best arm is the best all the same."""
    text = text_of(arms_table(run.ranking, 120, ("adam", "sgd-coarse")), width=120)
    states = {line.split()[1]: line.split()[-1] for line in text.splitlines() if line.strip()[:1].isdigit()}
    assert (states["sgd-coarse"], states["adam"]) == ("best", "tied")
    assert states["sgd-constant"] not in {"best", "tied"}


@pytest.mark.parametrize("width", [80, 120])
def test_golden(run, width):
    """The whole answer; LRSEARCH_WRITE_GOLDEN=1 writes it anew, to be read before it is kept."""
    text = text_of(arms_table(run.ranking, width), ranked_table(run.ranking, width), width=width)
    text += "\n".join([header_line(run), *footer_lines(run, "runs/arms"), next_command(run, "arms")]) + "\n"
    path = GOLDEN / f"arms-{width}.txt"
    if os.environ.get("LRSEARCH_WRITE_GOLDEN"):
        path.write_text(text, encoding="utf-8")
    assert re.sub(r"\d\.\d s", "0.0 s", text) == path.read_text(encoding="utf-8")
    assert all(len(line) <= width for line in text.split("recommended arm")[0].splitlines() if "·" not in line)


def test_the_lines_are_those_of_the_best_arm(run):
    """What to paste is the optimizer that won."""
    assert run.best.arm != "adam"
    lines = footer_lines(run, "x")
    assert lines[0].startswith(f"recommended arm {run.best.arm}, lr ")
    assert any(line.startswith("optimizer = torch.optim.SGD") for line in lines)
    assert next_command(run, "x") == "lrsearch resume x --refine 4 --confirm 3"


def test_print_run_shows_both_tables(run, capsys):
    """The arms first."""
    print_run(run, Format.TABLE)
    out = capsys.readouterr().out
    assert out.index("best lr") < out.index("adam") < out.index("recommended arm")


def result(number, arm, lr, accuracy):
    """A finished trial of an arm."""
    return make_result(lr, accuracy, number=number, arm=arm, learned=accuracy > 0.1)


def test_of_many_rates_the_best_of_each_arm_are_shown():
    """And how many there are beside."""
    ranking = rank_results(result(i, f"arm-{i % 10}", 1e-4 * (i + 1), 0.5 + i / 1000) for i in range(200))
    rows = text_of(ranked_table(ranking, 120), width=120)
    assert all(f"arm-{i}" in rows for i in range(10))
    assert "and 150 more rates; results.csv has all rates" in rows


def test_of_very_many_arms_the_best_are_shown():
    """In both tables."""
    ranking = rank_results(result(i, f"arm-{i % 100}", 1e-4 * (i + 1), 0.5 + i / 1000) for i in range(400))
    rates = text_of(ranked_table(ranking, 120), width=120)
    assert "arm-99" in rates
    assert "arm-1 " not in rates
    assert "and 50 more arms; results.json has all arms" in text_of(arms_table(ranking, 120), width=120)


def test_an_arm_that_learned_nothing_is_shown():
    """With what came of it."""
    ranking = rank_results([result(0, "good", 0.1, 0.9), result(1, "bad", 0.1, 0.1)])
    lines = text_of(arms_table(ranking, 120), width=120).splitlines()
    assert re.search(r"2\s+bad\s+1.00e-01\s+0.100.*not yet", "\n".join(lines))


@pytest.mark.parametrize("width", [50, 80, 120])
def test_a_long_name_leaves_the_answer_whole(width):
    """The columns that must stay do."""
    ranking = rank_results([result(0, "a" * 20, 0.1, 0.9), result(1, "b", 0.1, 0.8)])
    text = text_of(arms_table(ranking, width), ranked_table(ranking, width), width=width)
    for word in ("a" * 20, "1.00e-01", "0.900", "best"):
        assert word in text


def test_a_long_name_is_folded_and_nothing_is_cut(run):
    """On a narrow terminal accuracy and state stay whole."""
    long = "a-name-of-sixty-four-characters-as-long-as-any-can-be-in-a-spec-x"[:64]
    ranking = replace(run.ranking, rows=tuple(replace(row, arm=long) for row in run.ranking.rows))
    for table in (arms_table(ranking, 80), ranked_table(ranking, 80)):
        text = text_of(table, width=80)
        assert "state" in text
        assert f"{run.best.val_accuracy:.3f}" in text
        assert "best" in text.splitlines()[3]
