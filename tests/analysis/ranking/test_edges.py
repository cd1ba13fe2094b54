"""The best rate at an end of the range, and the stability limit."""

from __future__ import annotations

import pytest

from lrsearch.analysis.ranking import edge_warning, first_collapse, rank_results


@pytest.fixture
def grid(make_result):
    """A ranking of learning rates from their scores; None collapsed."""

    def make(scores, arm=""):
        return rank_results(
            make_result(lr, 0.1 if score is None else score, learned=score is not None, arm=arm)
            for lr, score in scores.items()
        )

    return make


def test_low_and_high_end_of_a_grid(grid):
    """The lowest and the highest rate tried are ends, anything between is not."""
    low = edge_warning(grid({1e-4: 0.9, 1e-2: 0.8, 3.0: 0.7}))
    assert low == "the best rate lies at the low end of the range (1.0e-04 .. 3.0e+00): search lower"
    high = edge_warning(grid({1e-4: 0.7, 1e-2: 0.8, 3.0: 0.9}))
    assert high == "the best rate lies at the high end of the range (1.0e-04 .. 3.0e+00): search higher"
    assert edge_warning(grid({1e-4: 0.7, 1e-2: 0.9, 3.0: 0.8})) is None


def test_drawn_rates_near_the_end_of_the_range(grid):
    """Within 5 % of the range in decades counts as the end."""
    bounds = (1e-4, 1.0)  # 5 % of 4 decades: a factor of 1.58
    assert "low end" in edge_warning(grid({1.5e-4: 0.9, 0.1: 0.8}), bounds=bounds)
    assert edge_warning(grid({1.7e-4: 0.9, 0.1: 0.8}), bounds=bounds) is None
    assert "high end" in edge_warning(grid({1e-3: 0.8, 0.7: 0.9}), bounds=bounds)
    assert edge_warning(grid({1e-3: 0.8, 0.6: 0.9}), bounds=bounds) is None
    assert "low end" in edge_warning(grid({1e-4: 0.9}), bounds=bounds)


def test_neighbours_that_broke_answer_the_question(grid):
    """Beyond a rate that collapsed, or below one that was too low, there is nothing to look for."""
    bounds = (1e-4, 1.0)
    assert edge_warning(grid({1e-2: 0.8, 0.8: 0.9, 0.9: None}), bounds=bounds) is None
    assert edge_warning(grid({1e-4: None, 1.1e-4: 0.9, 0.1: 0.8}), bounds=bounds) is None


def test_nothing_to_say(grid):
    """Without a best rate, or with a single rate, there is no end to speak of."""
    assert edge_warning(grid({})) is None
    assert edge_warning(grid({0.1: None, 1.0: None})) is None
    assert edge_warning(grid({0.1: 0.9})) is None


def test_an_arm_is_named(grid):
    """The warning says which arm it is about, and looks at that arm alone."""
    ranking = grid({0.1: 0.9, 1.0: 0.5}, arm="adam")
    assert edge_warning(ranking, arm="adam").startswith("adam: the best rate lies at the low end")
    assert edge_warning(ranking, arm="sgd") is None


def test_first_collapse(grid, make_result):
    """The smallest rate above the best that collapsed or diverged."""
    assert first_collapse(grid({1e-3: None, 0.1: 0.9, 1.0: None, 3.0: None})) == 1.0
    assert first_collapse(grid({1e-3: None, 0.1: 0.9})) is None
    diverged = [make_result(0.1, 0.9), make_result(0.5, state="diverged"), make_result(1.0, 0.1, learned=False)]
    assert first_collapse(rank_results(diverged)) == 0.5
    assert first_collapse(rank_results(diverged[1:])) == 0.5
