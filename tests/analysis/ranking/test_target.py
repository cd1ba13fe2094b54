"""Epochs and seconds until each rate reaches the target accuracy."""

from __future__ import annotations

import pytest

from factories import make_result
from lrsearch.analysis.ranking import rank_results
from lrsearch.analysis.ranking.target import reached, target_score
from lrsearch.catalog import VAL_ACCURACY


def curve(lr, *accuracies, **values):
    """Make a result with these validation accuracies, one for each epoch of half a second."""
    losses = (0.5,) * len(accuracies)
    return make_result(lr, accuracies[-1], losses=losses, accuracies=accuracies, epoch_seconds=0.5, **values)


def test_the_first_epoch_at_the_target():
    """The result is that epoch, and the training time of one run until its end."""
    found = reached([curve(0.1, 0.5, 0.9, 0.8, 0.95)], target=0.9)
    assert (found.epoch, found.seconds) == (2, 1.0)
    assert reached([curve(0.1, 0.5, 0.9)], target=0.91) is None
    assert reached([], target=0.5) is None


def test_the_mean_of_the_repeats_must_reach_the_target():
    """A single lucky seed is not enough."""
    repeats = [curve(0.1, 0.9, 0.9, 0.9), curve(0.1, 0.5, 0.7, 0.9, repeat=1)]
    assert reached(repeats, target=0.8).epoch == 2


def test_a_repeat_that_stopped_early_keeps_its_last_values():
    """Its last accuracy and its total time count for all later epochs."""
    found = reached([curve(0.1, 0.8), curve(0.1, 0.5, 0.7, 0.9, repeat=1)], target=0.85)
    assert (found.epoch, found.seconds) == (3, 1.0)


def test_a_rate_with_a_failed_repeat_has_no_time_to_target():
    """A rate counts only if every seed trained to its end."""
    good = curve(0.1, 0.9, 0.9)
    assert reached([good, make_result(0.1, 0.9, repeat=1, learned=False)], target=0.5) is None
    assert reached([good, make_result(0.1, repeat=1, state="diverged", losses=())], target=0.5) is None


def test_the_target_is_99_percent_of_the_best_score_of_all_arms():
    """Every rate of every arm has the same target."""
    assert target_score(VAL_ACCURACY, 0.9, 0.1) == pytest.approx(0.891)
    results = [curve(0.1, 0.6, 0.9, arm="a"), curve(0.2, 0.892, 0.895, arm="a"), curve(0.1, 0.7, 0.8, arm="b")]
    rows = {(row.arm, row.lr): row for row in rank_results(results).rows}
    assert [row.epochs_to_target for row in rows.values()] == [2, 1, None]
    assert rows["a", 0.2].seconds_to_target == 0.5
    assert rows["b", 0.1].seconds_to_target is None


def test_without_a_best_rate_there_is_no_target():
    """If nothing learned, no row has a time to target."""
    (row,) = rank_results([make_result(0.1, 0.1, learned=False)]).rows
    assert row.epochs_to_target is None
