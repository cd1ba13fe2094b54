"""The tie group, and the confidence interval of each rate."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from lrsearch.analysis.evidence.confidence import comparison_constant, t_quantile
from lrsearch.analysis.evidence.fit import Fit, fit_curve
from lrsearch.analysis.evidence.noise import Noise, measure_noise
from lrsearch.analysis.evidence.observations import Observations
from lrsearch.analysis.evidence.ties import score_intervals, tie_group

NOISE = Noise(sd=0.01, paired_sd=0.01, degrees=8, is_measured=True)


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
    assert tie_group(seen, Noise(sd=0.0, paired_sd=0.0, degrees=4, is_measured=True)).tolist() == [True, True, False]


def test_single_runs_are_compared_by_the_curve():
    """A lucky rate is judged by its neighbours and stays the leader; outside the curve a rate has its own score."""
    seen = table([[0.80], [0.93], [0.97], [0.93], [0.80]])
    lrs = seen.lrs

    def values(x):
        return np.interp(x, np.log10(lrs), [0.0, 0.93, 0.935, 0.93, 0.0])

    fit = Fit(kind="quadratic", low=lrs[1], high=lrs[3], n_rates=3, values=values)
    noise = Noise(sd=0.005, paired_sd=0.005, degrees=4, is_measured=False)
    assert tie_group(seen, noise, fit).tolist() == [False, True, True, True, False]
    assert tie_group(seen, noise).tolist() == [False, False, True, False, False]


def hill(n_rates, rng, n_seeds=1):
    """A parabola over four decades whose best rate is in the middle, with noise of 0.4 points."""
    x = np.linspace(-2, 2, n_rates)
    return table(0.95 - 0.01 * x[:, None] ** 2 + 0.004 * rng.standard_normal((n_rates, n_seeds)), n_val=5000)


def tied_share(n_rates, n_seeds=1, by_curve=True):
    """The mean share of the rates that are tied, and how often the best one is, in 20 searches."""
    found = []
    for seed in range(20):
        seen = hill(n_rates, np.random.default_rng(seed), n_seeds)
        noise = measure_noise(seen)
        tied = tie_group(seen, noise, fit_curve(seen, noise) if by_curve else None)
        found.append((tied.mean(), tied[n_rates // 2]))
    return np.mean(found, axis=0)


def test_more_rates_make_the_group_narrower():
    """On a smooth curve, each rate tells about its neighbours; by their own scores, more rates widen the group."""
    shares, best = zip(*(tied_share(n) for n in (9, 21, 41)), strict=True)
    assert sorted(shares, reverse=True) == list(shares)
    assert shares[2] < 0.5 < tied_share(41, by_curve=False)[0]
    assert min(best) >= 0.95


def test_the_curve_compares_repeated_rates_too():
    """With three seeds, too, it leaves fewer rates tied than the mean scores do."""
    by_curve, best = tied_share(21, n_seeds=3)
    assert by_curve < 0.9 * tied_share(21, n_seeds=3, by_curve=False)[0]
    assert best >= 0.95


def test_a_score_far_below_the_curve_is_not_tied_by_it():
    """A rate more than 5 points below the best is not a part of the fit."""
    seen = hill(21, np.random.default_rng(0))
    seen.scores[10] = 0.85
    noise = Noise(sd=0.004, paired_sd=0.004, degrees=4, is_measured=False)
    tied = tie_group(seen, noise, fit_curve(seen, noise))
    assert (tied[9], tied[10], tied[11]) == (True, False, True)


def test_without_known_noise_only_the_leader_is_tied():
    """However close the others are."""
    unknown = Noise(sd=0.01, paired_sd=0.01, degrees=3, is_measured=False, is_known=False)
    assert tie_group(table([[0.8], [0.8001], [0.8]]), unknown).tolist() == [False, True, False]


def test_intervals_use_the_neighbours_variance():
    """The variance is (4 v_near + (n - 1) v) / (n + 3); the leader's level grows with its tie group."""
    scores = np.array([[0.80, 0.82], [0.90, 0.92], [0.70, 0.78]])
    seen = table(scores)
    own = scores.var(axis=1, ddof=1)
    tied = np.array([True, True, False])
    intervals = score_intervals(seen, tied)
    s2 = (4 * own.mean() + own[2]) / 5
    half = t_quantile(0.975, 5) * math.sqrt(s2 / 2)
    assert intervals[2] == pytest.approx([0.74 - half, 0.74 + half])
    s2 = (4 * own.mean() + own[1]) / 5
    half = t_quantile(1 - 0.05 / 2 / 2, 5) * math.sqrt(s2 / 2)
    assert intervals[1] == pytest.approx([0.91 - half, min(1, 0.91 + half)])


def test_single_runs_have_no_interval():
    """They do not show how much the score depends on the seed."""
    assert np.isnan(score_intervals(table([[0.80], [0.999]]), np.array([False, True]))).all()


def test_intervals_stay_within_the_bounds():
    """A share is at most 1."""
    intervals = score_intervals(table([[0.80, 0.90], [0.99, 0.999]]), np.array([False, True]))
    assert intervals[1, 1] == 1.0


def test_a_single_run_among_repeated_ones_borrows_its_variance():
    """Its interval has four degrees of freedom, all from its neighbours; far from all of them it has none."""
    seen = table([[0.80, 0.82], [0.90, 0.92], [0.77, math.nan], [0.6, math.nan]])
    intervals = score_intervals(seen, np.array([False, True, False, False]))
    assert np.isnan(intervals[3]).all()
    assert intervals[2] == pytest.approx(0.77 + t_quantile(0.975, 4) * math.sqrt(0.0002) * np.array([-1, 1]))


def test_pruned_rates_count_among_those_compared():
    """The best rate was chosen among them too, so the bound of a tie is that of all rates."""
    means = [0.9, 0.9 - 1.01 * comparison_constant(2, 8) * 0.01 * math.sqrt(2 / 3)]
    seen = table([[mean] * 3 for mean in means])
    assert tie_group(seen, NOISE).tolist() == [True, False]
    assert tie_group(replace(seen, n_pruned=2), NOISE).tolist() == [True, True]
