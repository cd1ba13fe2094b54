"""How soon each rate gets to what the best one reaches."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lrsearch.analysis.ranking import rank_results
from lrsearch.analysis.ranking.target import reached, target_accuracy


@pytest.fixture
def course(make_result):
    """Make a result with these validation accuracies, epoch by epoch, of half a second each."""

    def make(lr, *accuracies, **values):
        result = make_result(lr, accuracies[-1], losses=(0.5,) * len(accuracies), **values)
        points = [replace(point, val_accuracy=share) for point, share in zip(result.points, accuracies, strict=True)]
        return replace(result, points=tuple(points))

    return make


def test_the_first_epoch_that_gets_there(course):
    """And the time that one training needs for it."""
    found = reached([course(0.1, 0.5, 0.9, 0.8, 0.95)], target=0.9)
    assert (found.epoch, found.seconds) == (2, 1.0)
    assert reached([course(0.1, 0.5, 0.9)], target=0.91) is None
    assert reached([], target=0.5) is None


def test_the_mean_of_the_repeats_has_to_get_there(course):
    """One lucky seed is not enough."""
    repeats = [course(0.1, 0.9, 0.9, 0.9), course(0.1, 0.5, 0.7, 0.9, repeat=1)]
    assert reached(repeats, target=0.8).epoch == 2


def test_a_repeat_that_stopped_early_counts_with_its_end(course):
    """Its accuracy and its time stand still."""
    found = reached([course(0.1, 0.8), course(0.1, 0.5, 0.7, 0.9, repeat=1)], target=0.85)
    assert (found.epoch, found.seconds) == (3, 1.0)


def test_a_repeat_that_failed_reaches_nothing(course, make_result):
    """A rate counts only where every seed trained to its end."""
    good = course(0.1, 0.9, 0.9)
    assert reached([good, make_result(0.1, 0.9, repeat=1, learned=False)], target=0.5) is None
    assert reached([good, make_result(0.1, repeat=1, state="diverged", losses=())], target=0.5) is None


def test_the_target_is_that_of_the_best_rate_of_all_arms(course):
    """99 % of its score, for every rate of every arm."""
    assert target_accuracy(0.9) == pytest.approx(0.891)
    results = [course(0.1, 0.6, 0.9, arm="a"), course(0.2, 0.892, 0.895, arm="a"), course(0.1, 0.7, 0.8, arm="b")]
    rows = {(row.arm, row.lr): row for row in rank_results(results).rows}
    assert [row.epochs_to_target for row in rows.values()] == [2, 1, None]
    assert rows["a", 0.2].seconds_to_target == 0.5
    assert rows["b", 0.1].seconds_to_target is None


def test_without_a_best_rate_there_is_no_target(make_result):
    """Nothing is reached where nothing learned."""
    (row,) = rank_results([make_result(0.1, 0.1, learned=False)]).rows
    assert row.epochs_to_target is None
