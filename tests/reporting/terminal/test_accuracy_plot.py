"""The small plot: whole on any terminal, with what matters in it."""

import pytest

from lrsearch.reporting.terminal import draw_accuracy


@pytest.mark.parametrize("width", [40, 80, 120])
def test_no_line_is_wider_than_the_terminal(run_of, width):
    """And every sign of the legend is drawn."""
    run = run_of(lr={"low": 1e-3, "high": 50.0}, points=12, repeats=2)
    lines = draw_accuracy(run.ranking.rows, run.best_evidence, width)
    assert max(map(len, lines)) <= width
    drawing = "\n".join(lines[:10])
    assert all(sign in drawing for sign in "●○×▲")
    assert "▲ recommended" in "\n".join(lines)


def test_one_rate_is_not_drawn(run_of):
    """There is nothing to see."""
    run = run_of(lr=[0.1])
    assert draw_accuracy(run.ranking.rows, run.best_evidence, 80) == []


def test_equal_scores_are_drawn(run_of):
    """No height to divide by."""
    run = run_of(lr={"low": 0.1, "high": 0.10001}, points=3)
    assert any("●" in line for line in draw_accuracy(run.ranking.rows, run.best_evidence, 80))


@pytest.mark.parametrize("width", [0, 1, 7, 10, 11, 19, 20, 25, 39])
def test_a_terminal_may_be_narrow(run_of, width):
    """Of fewer than 20 columns there is no drawing; from there on every rate has its place."""
    run = run_of(lr={"low": 1e-3, "high": 50.0}, points=12, repeats=2)
    lines = draw_accuracy(run.ranking.rows, run.best_evidence, width)
    assert bool(lines) is (width >= 20)
    assert not lines or {"▲"} <= set("".join(lines))


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0.9995, 1.0004, ["0.9995", "0.9997", "0.9999", "1.0002", "1.0004"]),
        (1e-4, 3.0, ["0.0001", "0.0013", "0.017", "0.23", "3"]),
    ],
)
def test_rates_under_the_axis_are_told_apart(run_of, low, high, expected):
    """A narrow range takes more digits."""
    run = run_of(lr={"low": low, "high": high}, points=4)
    lines = draw_accuracy(run.ranking.rows, run.best_evidence, 80)
    (ticks,) = [line for line in lines if line.split()[:1] == expected[:1]]
    assert ticks.split() == expected
