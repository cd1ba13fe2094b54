"""Warnings about the best rate at an end of the range, and the stability limit."""

from __future__ import annotations

import pytest

from factories import make_result
from lrsearch.analysis.ranking import edge_warning, first_collapse, rank_results


@pytest.fixture
def grid():
    """Make a ranking of learning rates from their scores; None stands for a collapsed run."""

    def make(scores, arm=""):
        return rank_results(
            make_result(lr, 0.1 if score is None else score, learned=score is not None, arm=arm)
            for lr, score in scores.items()
        )

    return make


def test_low_and_high_end_of_a_grid(grid):
    """The lowest and the highest rate tried are ends; the rates between are not."""
    low = edge_warning(grid({1e-4: 0.9, 1e-2: 0.8, 3.0: 0.7}))
    assert low == "the best rate lies at the low end of the range (0.0001 .. 3); search lower"
    high = edge_warning(grid({1e-4: 0.7, 1e-2: 0.8, 3.0: 0.9}))
    assert high == "the best rate lies at the high end of the range (0.0001 .. 3); search higher"
    assert edge_warning(grid({1e-4: 0.7, 1e-2: 0.9, 3.0: 0.8})) is None


def test_the_ends_of_a_narrow_range_are_told_apart(grid):
    """Both would be 1 in three digits."""
    assert "end of the range (0.9995 .. 1.0004);" in edge_warning(grid({0.9995: 0.9, 1.0: 0.8, 1.0004: 0.7}))


def test_drawn_rates_near_the_end_of_the_range(grid):
    """For drawn rates, the last 5 % of the range in decades count as its end."""
    bounds = (1e-4, 1.0)  # 5 % of 4 decades: a factor of 1.58
    assert "low end" in edge_warning(grid({1.5e-4: 0.9, 0.1: 0.8}), bounds=bounds)
    assert edge_warning(grid({1.7e-4: 0.9, 0.1: 0.8}), bounds=bounds) is None
    assert "high end" in edge_warning(grid({1e-3: 0.8, 0.7: 0.9}), bounds=bounds)
    assert edge_warning(grid({1e-3: 0.8, 0.6: 0.9}), bounds=bounds) is None
    assert "low end" in edge_warning(grid({1e-4: 0.9}), bounds=bounds)


def test_no_warning_if_the_rates_beyond_are_known_to_be_worse(grid):
    """There is no warning above a best rate if a higher rate collapsed, nor below it if a lower rate was too low."""
    bounds = (1e-4, 1.0)
    assert edge_warning(grid({1e-2: 0.8, 0.8: 0.9, 0.9: None}), bounds=bounds) is None
    assert edge_warning(grid({1e-4: None, 1.1e-4: 0.9, 0.1: 0.8}), bounds=bounds) is None


def test_no_warning_without_a_best_rate_or_with_one_rate(grid):
    """A warning needs a best rate and at least two rates."""
    assert edge_warning(grid({})) is None
    assert edge_warning(grid({0.1: None, 1.0: None})) is None
    assert edge_warning(grid({0.1: 0.9})) is None


def test_the_warning_names_its_arm(grid):
    """The warning names the arm, and depends on that arm only."""
    ranking = grid({0.1: 0.9, 1.0: 0.5}, arm="adam")
    assert edge_warning(ranking, arm="adam").startswith("adam: the best rate lies at the low end")
    assert edge_warning(ranking, arm="sgd") is None


def test_first_collapse_is_above_the_best_rate(grid):
    """It is the smallest rate above the best that collapsed or diverged."""
    assert first_collapse(grid({1e-3: None, 0.1: 0.9, 1.0: None, 3.0: None})) == 1.0
    assert first_collapse(grid({1e-3: None, 0.1: 0.9})) is None
    diverged = [make_result(0.1, 0.9), make_result(0.5, state="diverged"), make_result(1.0, 0.1, learned=False)]
    assert first_collapse(rank_results(diverged)) == 0.5
    assert first_collapse(rank_results(diverged[1:])) == 0.5
