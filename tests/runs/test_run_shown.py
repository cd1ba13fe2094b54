"""What a run shows from Python: a short repr, a table, a plot, a piece of HTML."""

import io
import re
import sys
from dataclasses import replace

import pytest

from lrsearch.errors import UsageError
from lrsearch.runs import run_search
from lrsearch.store import RATE_COLUMNS

ARMS = {"sgd": {"train.optimizer": "sgd"}, "adam": {"train.optimizer": "adam"}}


@pytest.fixture
def run_of(tmp_path, monkeypatch):
    """A run of the formula by a spec's search section."""
    monkeypatch.setenv("LRSEARCH_TRAINER", "analytic")

    def run(arms=None, **search):
        return run_search({"name": "x", "search": search, "arms": arms or {}}, runs_dir=tmp_path, progress=False)

    return run


def test_the_repr_is_one_line(run_of):
    """Name, strategy, state, trials, and the recommended rate."""
    run = run_of(points=5)
    assert repr(run) == f"<Run {run.name}: grid, finished, 5 trials, recommended lr {run.recommended:.3g}>"
    empty = replace(run, log=())
    assert repr(empty) == f"<Run {run.name}: grid, not finished, 0 trials, no recommended lr>"


def test_the_table_has_the_columns_of_the_csv(run_of):
    """A row for each rate, best first; a column without values holds numbers that are NaN."""
    pytest.importorskip("pandas")
    run = run_of(points=5)
    table = run.table()
    assert tuple(table.columns) == RATE_COLUMNS
    assert table["lr"].tolist() == [row.lr for row in run.ranking.rows]
    assert table["val_accuracy_sd"].dtype == float
    assert len(replace(run, log=()).table()) == 0


def test_without_pandas_the_table_says_what_to_do(run_of, monkeypatch):
    """It is not a dependency."""
    run = run_of(points=3)
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(UsageError, match=r"pip install pandas; without it, use run\.ranking\.rows"):
        run.table()


def test_the_plot_is_the_accuracy_picture(run_of):
    """Of the best arm, or of one that is named; a notebook shows it as a PNG."""
    run = run_of(points=5, arms=ARMS)
    best, other = run.plot(), run.plot(run.ranking.arms[1])
    assert best.axes[0].get_title(loc="left") == f"{run.name}, {run.best.arm}: accuracy by learning rate"
    assert other.axes[0].get_title(loc="left") == f"{run.name}, {run.ranking.arms[1]}: accuracy by learning rate"
    assert best._repr_png_().startswith(b"\x89PNG")
    file = io.BytesIO()
    best.savefig(file, format="svg")
    assert b"<svg" in file.getvalue()


def test_what_cannot_be_plotted(run_of):
    """An arm that is not there, and a run without results."""
    run = run_of(points=3, arms=ARMS)
    with pytest.raises(UsageError, match="has no arm rmsprop; its arms are sgd, adam"):
        run.plot("rmsprop")
    with pytest.raises(UsageError, match="nothing to plot, because no training has finished yet"):
        replace(run, log=()).plot()


def test_the_html_is_escaped_and_runs_nothing(run_of):
    """The answer and the ranked table; what comes from outside is text."""
    run = run_of(points=4)
    message = "<script>alert(1)</script>"
    log = (replace(run.log[0], state="failed", score=None, learned=None, message=message), *run.log[1:])
    html = replace(run, log=log)._repr_html_()
    assert message not in html
    assert "&lt;script&gt;" in html
    assert not re.search(r"<script|<iframe|<img|<link|javascript:|\son\w+=|style=", html)
    assert html.count("<tr>") == 5
    assert "recommended lr" in run._repr_html_()
    assert "No training has finished yet." in replace(run, log=())._repr_html_()


def test_the_html_of_many_rates_is_short(run_of):
    """The table has them all."""
    html = run_of(points=40)._repr_html_()
    assert html.count("<tr>") == 31
    assert "and 10 more rates; table() has all rates" in html
