"""Mistakes on the command line: one line on stderr, exit code 2."""

import pytest

from lrsearch.catalog import STRATEGIES


@pytest.mark.parametrize(
    ("args", "line"),
    [
        (("bayes", "--tials", "5"), "lrsearch bayes: --tials: no such option; did you mean --trials?"),
        (("grid", "-x"), "lrsearch grid: -x: no such option; `lrsearch grid --help` lists them"),
        (("--foo",), "lrsearch: --foo: no such option; `lrsearch --help` lists them"),
        (("range", "--epochs", "3"), "lrsearch range: --epochs: no such option; did you mean --set train.epochs=...?"),
        (
            ("grid", "--momentum=0.9"),
            "lrsearch grid: --momentum: no such option; did you mean --set train.optimizer.momentum=...?",
        ),
        (
            ("show", "--epochs", "3"),
            "lrsearch show: --epochs: no such option; it belongs to " + ", ".join([*STRATEGIES, "check", "schedule"]),
        ),
        (
            ("check", "--runs-dir", "x"),
            (
                "lrsearch check: --runs-dir: no such option; it belongs to grid, random, bayes, halving, auto, resume "
                "and 8 more, and a check writes no run; leave it out"
            ),
        ),
        (("drop", "a", "--yes"), "lrsearch drop: --yes: no such option; it belongs to rm"),
        (("gird",), "lrsearch: gird: no such command; did you mean grid?"),
        (("bogus",), "lrsearch: bogus: no such command; `lrsearch --help` lists them"),
        (("grid", "--points"), "lrsearch grid: --points: needs a value; `lrsearch grid --help` shows the usage"),
        (("grid", "--quiet=3"), "lrsearch grid: --quiet: takes no value; `lrsearch grid --help` shows the usage"),
        (("grid", "--points", "x"), "lrsearch grid: --points: expected a whole number, got 'x'"),
        (("grid", "--points", "2.5"), "lrsearch grid: --points: expected a whole number, got '2.5'"),
        (("grid", "--batch-size", ""), "lrsearch grid: --batch-size: expected a whole number, got ''"),
        (("range", "--low", "abc"), "lrsearch range: --low: expected a number, got 'abc'"),
        (("grid", "--margin", "abc"), "lrsearch grid: --margin: expected a number, got 'abc'"),
        (
            ("grid", "--format", "jsn"),
            "lrsearch grid: --format: expected table, json, csv or md; got 'jsn'; did you mean json?",
        ),
        (("range", "--scale", "x"), "lrsearch range: --scale: expected log or linear; got 'x'"),
        (("resume",), "lrsearch resume: missing argument RUN; `lrsearch resume --help` shows the usage"),
        (("compare",), "lrsearch compare: missing argument RUN RUN...; `lrsearch compare --help` shows the usage"),
        (
            ("grid", "a.yaml", "b.yaml"),
            "lrsearch grid: unexpected argument 'b.yaml'; `lrsearch grid --help` lists the arguments",
        ),
        (("grid", "--\x1b[31m"), "lrsearch grid: --\\x1b[31m: no such option; `lrsearch grid --help` lists them"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_a_mistake_is_one_line(lrsearch, tmp_path, args, line):
    """Whatever the width of the terminal: what is wrong, and what to do. Nothing is written."""
    done = lrsearch(*args, code=2, COLUMNS="40")
    assert done.stderr == f"{line}\n"
    assert done.stdout == ""
    assert not (tmp_path / "runs").exists()


def test_a_dash_of_a_word_processor(lrsearch):
    """Copied from a document, `--low` begins with another character."""
    done = lrsearch("grid", "\u2013low", "1e-3", code=2)
    assert done.stderr == "lrsearch grid: \u2013low: begins with a typographic dash; did you mean --low?\n"
