"""The tie group, and the confidence interval of each rate."""

from __future__ import annotations

import math

import numpy as np
import pytest

from lrsearch.analysis.evidence.confidence import comparison_constant, t_quantile
from lrsearch.analysis.evidence.noise import Noise
from lrsearch.analysis.evidence.observations import Observations
from lrsearch.analysis.evidence.ties import score_intervals, tie_group

NOISE = Noise(sd=0.01, degrees=8, is_measured=True)


def table(scores, **more):
    """Make observations from scores: one row for each rate, one column for each seed."""
    scores = np.array(scores, dtype=float)
    lrs = np.logspace(-3, 0, len(scores))
    return Observations(lrs=lrs, scores=scores, losses=np.zeros(len(scores)), **more)


def test_the_bound_between_tied_and_worse():
    """With equal repeats the bound is d s sqrt(2 / n)."""
    bound = comparison_constant(4, 8) * 0.01 * math.sqrt(2 / 3)
    means = [0.9, 0.9 - 0.99 * bound, 0.9 - 1.01 * bound, 0.5]
    tied = tie_group(table([[mean] * 3 for mean in means]), NOISE)
    assert tied.tolist() == [True, True, False, False]


def test_a_rate_with_fewer_repeats_has_a_wider_bound():
    """The bound grows with sqrt(1 / n_leader + 1 / n_i)."""
    bound = comparison_constant(2, 8) * 0.01 * math.sqrt(1 / 3 + 1)
    for factor, expected in ((0.99, True), (1.01, False)):
        seen = table([[0.9] * 3, [0.9 - factor * bound, math.nan, math.nan]])
        assert tie_group(seen, NOISE).tolist() == [True, expected]


def test_equal_scores_tie_without_any_noise():
    """The rounding of a mean does not break a tie."""
    seen = table([[0.1, 0.2, 0.3], [0.3, 0.2, 0.1], [0.1, 0.1, 0.1]])
    assert tie_group(seen, Noise(sd=0.0, degrees=4, is_measured=True)).tolist() == [True, True, False]


def test_single_runs_are_compared_by_the_curve():
    """A lucky rate is judged by its neighbours and stays the leader; outside the curve a rate has its own score."""
    seen = table([[0.80], [0.90], [0.97], [0.90], [0.80]])
    fitted = np.array([math.nan, 0.90, 0.905, 0.90, math.nan])
    noise = Noise(sd=0.01, degrees=4, is_measured=False)
    assert tie_group(seen, noise, fitted).tolist() == [False, True, True, True, False]
    assert tie_group(seen, noise).tolist() == [False, False, True, False, False]


def test_intervals_use_the_neighbours_variance():
    """The variance is (4 v_near + (n - 1) v) / (n + 3); the leader's level grows with its tie group."""
    scores = np.array([[0.80, 0.82], [0.90, 0.92], [0.70, 0.78]])
    seen = table(scores)
    own = scores.var(axis=1, ddof=1)
    tied = np.array([True, True, False])
    intervals = score_intervals(seen, NOISE, tied)
    s2 = (4 * own.mean() + own[2]) / 5
    half = t_quantile(0.975, 5) * math.sqrt(s2 / 2)
    assert intervals[2] == pytest.approx([0.74 - half, 0.74 + half])
    s2 = (4 * own.mean() + own[1]) / 5
    half = t_quantile(1 - 0.05 / 2 / 2, 5) * math.sqrt(s2 / 2)
    assert intervals[1] == pytest.approx([0.91 - half, min(1, 0.91 + half)])


def test_intervals_of_single_runs_use_the_noise():
    """The intervals stay within [0, 1]."""
    seen = table([[0.80], [0.999]])
    intervals = score_intervals(seen, Noise(sd=0.01, degrees=4, is_measured=False), np.array([False, True]))
    assert intervals[0] == pytest.approx(0.8 + 0.01 * t_quantile(0.975, 4) * np.array([-1, 1]))
    assert intervals[1, 1] == 1.0


def test_a_single_run_among_repeated_ones_borrows_its_variance():
    """Its interval has four degrees of freedom, all from its neighbours."""
    seen = table([[0.80, 0.82], [0.90, 0.92], [0.70, math.nan]])
    intervals = score_intervals(seen, NOISE, np.array([False, True, False]))
    assert intervals[2] == pytest.approx(0.7 + t_quantile(0.975, 4) * math.sqrt(0.0002) * np.array([-1, 1]))
