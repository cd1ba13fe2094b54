"""The table on terminals of any width."""

import io

import pytest
from rich.console import Console

from factories import make_result, make_task
from lrsearch.analysis.ranking import rank_results
from lrsearch.reporting.terminal import ranked_table

RANKING = rank_results(
    [
        make_result(1e-4, 0.5, number=0),
        make_result(1.73e-2, 0.97, number=1),
        make_result(2.0, 0.1, number=2, learned=False),
        make_result(3.0, number=3, state="failed", message="ValueError: [red]no[/x] way at all"),
    ],
    make_task(),
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


def test_rates_that_are_nearly_equal_are_told_apart():
    """A narrow grid; in three digits all its rates are 1."""
    rates = [0.9995, 0.9998, 1.0001, 1.0004]
    ranking = rank_results([make_result(number=i, lr=lr) for i, lr in enumerate(rates)], make_task())
    console = Console(file=io.StringIO(), width=120)
    console.print(ranked_table(ranking))
    for text in ("9.995e-01", "9.998e-01", "1.0001e+00", "1.0004e+00"):
        assert text in console.file.getvalue()
