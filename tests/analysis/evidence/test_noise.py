"""Which rates can be compared, and how noisy their scores are."""

from __future__ import annotations

import math

import numpy as np
import pytest

from factories import make_result
from lrsearch.analysis.evidence.noise import adjusted_means, measure_noise
from lrsearch.analysis.evidence.observations import Observations, nearest, observe, similarly_noisy
from lrsearch.analysis.ranking import rank_results

LRS = np.array([0.001, 0.01, 0.1, 1.0])


def table(scores, lrs=None, **more):
    """Make observations from scores: one row for each rate, one column for each seed."""
    scores = np.array(scores, dtype=float)
    lrs = np.logspace(-3, 0, len(scores)) if lrs is None else np.array(lrs)
    return Observations(lrs=lrs, scores=scores, losses=np.zeros(len(scores)), **more)


def test_only_rates_that_trained_with_every_seed_are_compared():
    """A collapsed, diverged or pruned repeat excludes its rate; a fault removes one repeat."""
    results = [make_result(lr, 0.9 - lr / 100, repeat=r) for lr in (0.01, 0.1, 1.0, 2.0) for r in (0, 1)]
    results += [make_result(0.1, state="killed", repeat=2), make_result(1.0, 0.1, learned=False, repeat=2)]
    results += [make_result(2.0, state="diverged", repeat=2), make_result(3.0, 0.5, state="pruned")]
    results += [make_result(0.5, 0.99, arm="other"), make_result(0.6, math.nan), make_result(0.7, None)]
    seen = observe(results)
    assert seen.lrs.tolist() == [0.01, 0.1]
    assert seen.counts.tolist() == [2, 2]


def test_the_leader_is_the_rankings_best():
    """Of equal means the lower loss wins, then the lower rate."""
    results = [
        make_result(0.3, 0.9, val_loss=math.nan),
        make_result(0.2, 0.9, val_loss=0.4),
        make_result(0.1, 0.9, val_loss=0.4),
        make_result(0.05, 0.9, val_loss=0.5),
        make_result(0.01, 0.8, val_loss=0.1),
    ]
    seen = observe(results)
    assert seen.lrs[seen.leader] == rank_results(results).best.lr == 0.1


def test_the_last_result_with_the_most_epochs_counts():
    """The same results count as in the ranking."""
    results = [make_result(0.1, 0.6, until=2), make_result(0.1, 0.7, until=4), make_result(0.1, 0.8, until=4)]
    assert observe(results).scores.tolist() == [[0.8]]


def test_nearest_rates_on_the_log_scale():
    """Of two rates at equal distance, the lower one is taken."""
    assert nearest(LRS, 1, 2).tolist() == [0, 1]
    assert nearest(LRS, 3, 3).tolist() == [1, 2, 3]
    assert nearest(LRS, 3, 2, np.array([True, True, False, False])).tolist() == [0, 1]
    assert nearest(LRS * 7.3, 1, 2).tolist() == [0, 1]


def test_a_seed_effect_shared_by_all_rates_is_not_noise():
    """Rates are compared without it; the standard deviation of one training contains it."""
    rates, seeds = np.array([0.9, 0.8, 0.7])[:, None], np.array([0.0, 0.05])
    noise = measure_noise(table(rates + seeds))
    assert noise.paired_sd == pytest.approx(0.0, abs=1e-12)
    assert noise.sd == pytest.approx(np.std([0.0, 0.05], ddof=1))
    residual = 0.004 * np.array([[1, -1], [-1, 1], [0, 0]])
    noise = measure_noise(table(rates + seeds + residual))
    assert noise.paired_sd == pytest.approx(0.004 * math.sqrt(4 / 2))
    assert (noise.degrees, noise.is_measured) == (2, True)


def test_the_noise_comes_from_the_five_rates_nearest_to_the_best():
    """Rates far away may be noisier without any effect."""
    rng = np.random.default_rng(0)
    scores = np.linspace(0.86, 0.9, 9)[:, None] + 0.001 * rng.standard_normal((9, 3))
    near = measure_noise(table(scores))
    scores[:4] += 0.2 * rng.standard_normal((4, 3)) - 0.4
    assert measure_noise(table(scores)) == near
    assert near.degrees == 8


def test_rates_with_much_lower_scores_do_not_count_for_the_noise():
    """A neighbour that begins to break differs by tens of points between seeds, as on digits with the usual grid."""
    rng = np.random.default_rng(0)
    scores = np.array([0.90, 0.94, 0.96, 0.97, 0.70])[:, None] + 0.001 * rng.standard_normal((5, 3))
    calm = measure_noise(table(scores))
    scores[4] += 0.1 * rng.standard_normal(3)
    noise = measure_noise(table(scores))
    assert noise == calm
    assert (noise.degrees, noise.sd < 0.002) == (4, True)  # 0.94, 0.96 and 0.97


def test_without_similar_rates_those_nearest_in_score_count():
    """At least three rates count, because one rate alone cannot separate rate and seed effects."""
    rng = np.random.default_rng(0)
    scores = np.array([0.2, 0.8, 0.97, 0.6, 0.1])[:, None] + 0.001 * rng.standard_normal((5, 3))
    assert similarly_noisy(table(scores), 2).tolist() == [1, 2, 3]
    assert similarly_noisy(table(scores), 2, count=2).tolist() == [1, 2]
    assert measure_noise(table(scores)).degrees == 4


def test_a_slope_of_single_runs_is_not_noise():
    """The quadratic needs enough rates near the best; without them, McNemar's variance is used alone."""
    slope = [0.1, 0.3, 0.95, 0.96, 0.95, 0.3, 0.1]
    bits = tuple((bytes([1 << i, 0]),) for i in range(7))
    assert measure_noise(table([[y] for y in slope], correct=bits, n_val=100)).sd == pytest.approx(0.01)
    assert measure_noise(table([[y] for y in slope])).sd > 0.1  # without the bits there is no better estimate


def test_means_stay_if_two_groups_of_rates_share_no_seed():
    """The data cannot tell such sets of seeds apart, so the means are not adjusted."""
    scores = np.full((4, 5), np.nan)
    scores[:2, :3] = np.array([0.80, 0.86])[:, None] + np.array([-0.01, 0.0, 0.01])
    scores[2:, 3:] = np.array([0.90, 0.88])[:, None] + np.array([-0.02, 0.02])
    seen = table(scores)
    assert adjusted_means(seen) == pytest.approx(seen.means)


def test_noise_is_at_least_that_of_rounding_to_images():
    """Equal scores can hide a difference of less than one image."""
    assert measure_noise(table([[0.9, 0.9], [0.8, 0.8]], n_val=500)).sd == pytest.approx(1 / (500 * math.sqrt(12)))


def test_a_table_with_gaps_is_corrected_for_its_seeds():
    """The degrees of freedom are the number of cells minus that of free parameters."""
    rates, seeds = np.array([0.9, 0.8, 0.7, 0.6])[:, None], np.array([-0.01, 0.0, 0.03])
    scores = rates + seeds
    scores[1, 2] = scores[2, 1:] = scores[3, :2] = np.nan
    seen = table(scores)
    noise = measure_noise(seen)  # two repeated rates: 5 cells minus 2 means and 2 free seed effects
    assert (noise.paired_sd, noise.degrees, noise.is_measured) == (pytest.approx(0.0, abs=1e-9), 1, True)
    gaps = adjusted_means(seen) - adjusted_means(seen)[seen.leader]
    assert gaps == pytest.approx([0.0, -0.1, -0.2, -0.3])


def test_one_repeated_rate_gives_its_own_variance():
    """There is no other rate to compare its seeds with."""
    noise = measure_noise(table([[0.9, 0.92], [0.8, np.nan]]))
    assert (noise.sd, noise.degrees, noise.is_measured) == (pytest.approx(math.sqrt(0.0002)), 1, True)


def test_the_noise_of_single_runs_is_the_residual_of_a_quadratic():
    """It has the degrees of freedom of the fit, and never counts as measured."""
    x = np.log10(np.logspace(-3, 0, 7))
    smooth = 0.9 - 0.02 * (x + 1.5) ** 2
    assert measure_noise(table(smooth[:, None])).sd == pytest.approx(0.0, abs=1e-9)
    bumps = 0.01 * np.array([1, -1, 1, -1, 1, -1, 1])
    noise = measure_noise(table((smooth + bumps)[:, None]))
    assert (noise.degrees, noise.is_measured) == (4, False)
    assert 0.008 < noise.sd < 0.02


def test_single_runs_on_the_same_images_use_mcnemars_variance():
    """Half of it counts, with at least 3 degrees of freedom; without the bits, the binomial variance is used."""
    first, second = bytes([0b11110000, 0]), bytes([0b11111100, 1])  # 3 images apart
    noise = measure_noise(table([[0.5], [0.5]], correct=((first,), (second,)), n_val=16))
    assert (noise.sd, noise.degrees) == (pytest.approx(math.sqrt(3 / 2) / 16), 3)
    for unknown in (None, b"x"):
        noise = measure_noise(table([[0.5], [0.5]], correct=((first,), (unknown,)), n_val=16))
        assert noise.sd == pytest.approx(math.sqrt(0.25 / 16))


def test_one_run_alone_has_binomial_noise():
    """The images are treated as a random sample."""
    noise = measure_noise(table([[0.9]], n_val=100))
    assert (noise.sd, noise.degrees, noise.is_measured) == (pytest.approx(0.03), 3, False)
    assert measure_noise(table([[0.9]])).sd == 0.0
