"""The table on terminals of any width."""

import io

import pytest
from rich.console import Console

from lrsearch.analysis.ranking import rank_results
from lrsearch.records import DataFacts, Point, Result, Trial
from lrsearch.report.terminal import ranked_table

FACTS = DataFacts(
    dataset="d", shape=(1, 8, 8), n_classes=10, n_train=1000, n_val=500, majority=0.1, label_entropy=2.3, fingerprint=""
)


def result(number, lr, accuracy, **values):
    """A finished trial."""
    trial = Trial(number=number, proposal=number, lr=lr, horizon=1, until=1)
    point = Point(
        trial=number, epoch=1, train_loss=0.5, train_accuracy=accuracy, val_loss=0.4, val_accuracy=accuracy, lr=lr,
        grad_norm=1.0, seconds=1.0,
    )  # fmt: skip
    given = {"state": "ok", "points": (point,), "score": accuracy, "scored_epoch": 1, "learned": True, "seconds": 12.3}
    return Result(trial=trial, **{**given, **values})


RANKING = rank_results(
    [
        result(0, 1e-4, 0.5),
        result(1, 1.73e-2, 0.97),
        result(2, 2.0, 0.1, learned=False),
        result(3, 3.0, 0.1, state="failed", score=None, learned=None, message="ValueError: [red]no[/x] way at all"),
    ],
    FACTS,
)


def drawn(width):
    """The table as text."""
    console = Console(width=width, record=True, markup=False, emoji=False, highlight=False, file=io.StringIO())
    console.print(ranked_table(RANKING, width))
    return console.export_text()


@pytest.mark.parametrize("width", [40, 60, 80, 90, 100, 120, 200])
def test_rate_accuracy_and_state_are_whole_at_any_width(width):
    """What is left out on a narrow terminal is never the answer."""
    text = drawn(width)
    for word in ("1.73e-02", "0.970", "best", "too low", "collapsed", "failed", "val accuracy", "state"):
        assert word in text
    assert all(len(line) <= width for line in text.splitlines())


def test_columns_go_one_after_the_other():
    """The bar first, the rank last: the order of the rows says it too."""
    heads = [drawn(width).splitlines()[1].split() for width in (120, 80, 60, 40)]
    assert heads[0] == ["rank", "lr", "val", "accuracy", "train", "val", "loss", "epoch", "seconds", "state"]
    assert len(heads[1]) >= len(heads[2]) >= len(heads[3])
    assert "█" in drawn(120)


def test_markup_in_a_message_is_text():
    """What comes from outside is shown as it is."""
    assert "[red]" in drawn(200)
