"""What can be compared, and how noisy it is."""

from __future__ import annotations

import math

import numpy as np
import pytest

from lrsearch.analysis.evidence.noise import adjusted_means, measure_noise
from lrsearch.analysis.evidence.observations import Observations, nearest, observe, similarly_noisy
from lrsearch.analysis.ranking import rank_results

LRS = np.array([0.001, 0.01, 0.1, 1.0])


def table(scores, lrs=None, **more):
    """A table of scores, rates down and seeds across."""
    scores = np.array(scores, dtype=float)
    lrs = np.logspace(-3, 0, len(scores)) if lrs is None else np.array(lrs)
    return Observations(lrs=lrs, scores=scores, losses=np.zeros(len(scores)), **more)


def test_only_rates_that_trained_with_every_seed_are_compared(make_result):
    """A collapsed or diverged repeat, or a pruned one, takes its rate out; a fault takes one repeat."""
    results = [make_result(lr, 0.9 - lr / 100, repeat=r) for lr in (0.01, 0.1, 1.0, 2.0) for r in (0, 1)]
    results += [make_result(0.1, state="killed", repeat=2), make_result(1.0, 0.1, learned=False, repeat=2)]
    results += [make_result(2.0, state="diverged", repeat=2), make_result(3.0, 0.5, state="pruned")]
    results += [make_result(0.5, 0.99, arm="other"), make_result(0.6, math.nan), make_result(0.7, None)]
    seen = observe(results)
    assert seen.lrs.tolist() == [0.01, 0.1]
    assert seen.counts.tolist() == [2, 2]


def test_the_leader_is_the_rankings_best(make_result):
    """Equal means: the lower loss, then the smaller rate."""
    results = [
        make_result(0.3, 0.9, val_loss=math.nan),
        make_result(0.2, 0.9, val_loss=0.4),
        make_result(0.1, 0.9, val_loss=0.4),
        make_result(0.05, 0.9, val_loss=0.5),
        make_result(0.01, 0.8, val_loss=0.1),
    ]
    seen = observe(results)
    assert seen.lrs[seen.leader] == rank_results(results).best.lr == 0.1


def test_a_later_and_a_further_result_counts(make_result):
    """As in the ranking."""
    results = [make_result(0.1, 0.6, until=2), make_result(0.1, 0.7, until=4), make_result(0.1, 0.8, until=4)]
    assert observe(results).scores.tolist() == [[0.8]]


def test_nearest_rates_on_the_log_scale():
    """Of two equally far the lower one."""
    assert nearest(LRS, 1, 2).tolist() == [0, 1]
    assert nearest(LRS, 3, 3).tolist() == [1, 2, 3]
    assert nearest(LRS, 3, 2, np.array([True, True, False, False])).tolist() == [0, 1]
    assert nearest(LRS * 7.3, 1, 2).tolist() == [0, 1]


def test_what_a_seed_does_to_all_rates_is_no_noise():
    """Only what is left of rate and seed together is."""
    rates, seeds = np.array([0.9, 0.8, 0.7])[:, None], np.array([0.0, 0.05])
    assert measure_noise(table(rates + seeds)).sd == pytest.approx(0.0, abs=1e-12)
    residual = 0.004 * np.array([[1, -1], [-1, 1], [0, 0]])
    noise = measure_noise(table(rates + seeds + residual))
    assert noise.sd == pytest.approx(0.004 * math.sqrt(4 / 2))
    assert (noise.degrees, noise.is_measured) == (2, True)


def test_the_five_rates_nearest_to_the_best_tell_the_noise():
    """Rates far away may be as wild as they like."""
    rng = np.random.default_rng(0)
    scores = np.linspace(0.86, 0.9, 9)[:, None] + 0.001 * rng.standard_normal((9, 3))
    near = measure_noise(table(scores))
    scores[:4] += 0.2 * rng.standard_normal((4, 3)) - 0.4
    assert measure_noise(table(scores)) == near
    assert near.degrees == 8


def test_rates_that_begin_to_break_tell_no_noise_of_the_best():
    """A neighbour that is far worse differs by tens of points from seed to seed; seen on digits with the usual grid."""
    rng = np.random.default_rng(0)
    scores = np.array([0.90, 0.94, 0.96, 0.97, 0.70])[:, None] + 0.001 * rng.standard_normal((5, 3))
    calm = measure_noise(table(scores))
    scores[4] += 0.1 * rng.standard_normal(3)
    noise = measure_noise(table(scores))
    assert noise == calm
    assert (noise.degrees, noise.sd < 0.002) == (4, True)  # 0.94, 0.96 and 0.97


def test_a_peak_without_neighbours_takes_the_nearest_scores():
    """Two more at the least: one rate alone would tell nothing of rate and seed together."""
    rng = np.random.default_rng(0)
    scores = np.array([0.2, 0.8, 0.97, 0.6, 0.1])[:, None] + 0.001 * rng.standard_normal((5, 3))
    assert similarly_noisy(table(scores), 2).tolist() == [1, 2, 3]
    assert similarly_noisy(table(scores), 2, count=2).tolist() == [1, 2]
    assert measure_noise(table(scores)).degrees == 4


def test_a_slope_is_no_noise_of_single_runs():
    """A quadratic bends only through the rates near the best; without enough of them McNemar's variance is all."""
    slope = [0.1, 0.3, 0.95, 0.96, 0.95, 0.3, 0.1]
    bits = tuple((bytes([1 << i, 0]),) for i in range(7))
    assert measure_noise(table([[y] for y in slope], correct=bits, n_val=100)).sd == pytest.approx(0.01)
    assert measure_noise(table([[y] for y in slope])).sd > 0.1  # no bits: nothing better is known


def test_confirmed_rates_are_free_of_the_level_of_their_seeds():
    """Two sets of rates under two sets of seeds: nothing tells the sets apart, so that means stay what they are."""
    scores = np.full((4, 5), np.nan)
    scores[:2, :3] = np.array([0.80, 0.86])[:, None] + np.array([-0.01, 0.0, 0.01])
    scores[2:, 3:] = np.array([0.90, 0.88])[:, None] + np.array([-0.02, 0.02])
    seen = table(scores)
    assert adjusted_means(seen) == pytest.approx(seen.means)


def test_no_noise_is_below_the_rounding_to_images():
    """Equal scores are not known to be equal."""
    assert measure_noise(table([[0.9, 0.9], [0.8, 0.8]], n_val=500)).sd == pytest.approx(1 / (500 * math.sqrt(12)))


def test_a_table_with_gaps():
    """Degrees are cells less parameters, and a rate is free of which seeds it was tried with."""
    rates, seeds = np.array([0.9, 0.8, 0.7, 0.6])[:, None], np.array([-0.01, 0.0, 0.03])
    scores = rates + seeds
    scores[1, 2] = scores[2, 1:] = scores[3, :2] = np.nan
    seen = table(scores)
    noise = measure_noise(seen)  # of the two repeated rates: 5 cells, 2 means and 3 seeds, 1 of them free
    assert (noise.sd, noise.degrees, noise.is_measured) == (pytest.approx(0.0, abs=1e-9), 1, True)
    gaps = adjusted_means(seen) - adjusted_means(seen)[seen.leader]
    assert gaps == pytest.approx([0.0, -0.1, -0.2, -0.3])


def test_one_repeated_rate_tells_its_own_spread():
    """There is nothing to pair it with."""
    noise = measure_noise(table([[0.9, 0.92], [0.8, np.nan]]))
    assert (noise.sd, noise.degrees, noise.is_measured) == (pytest.approx(math.sqrt(0.0002)), 1, True)


def test_single_runs_on_a_curve_and_off_it():
    """What a quadratic leaves over, with the degrees that it leaves; never called measured."""
    x = np.log10(np.logspace(-3, 0, 7))
    smooth = 0.9 - 0.02 * (x + 1.5) ** 2
    assert measure_noise(table(smooth[:, None])).sd == pytest.approx(0.0, abs=1e-9)
    bumps = 0.01 * np.array([1, -1, 1, -1, 1, -1, 1])
    noise = measure_noise(table((smooth + bumps)[:, None]))
    assert (noise.degrees, noise.is_measured) == (4, False)
    assert 0.008 < noise.sd < 0.02


def test_single_runs_on_the_same_images():
    """Half McNemar's variance, with at least 3 degrees of freedom; without bits the binomial one."""
    first, second = bytes([0b11110000, 0]), bytes([0b11111100, 1])  # 3 images apart
    noise = measure_noise(table([[0.5], [0.5]], correct=((first,), (second,)), n_val=16))
    assert (noise.sd, noise.degrees) == (pytest.approx(math.sqrt(3 / 2) / 16), 3)
    for unknown in (None, b"x"):
        noise = measure_noise(table([[0.5], [0.5]], correct=((first,), (unknown,)), n_val=16))
        assert noise.sd == pytest.approx(math.sqrt(0.25 / 16))


def test_one_run_alone():
    """As if each image were drawn anew: nothing tells how much less it is."""
    noise = measure_noise(table([[0.9]], n_val=100))
    assert (noise.sd, noise.degrees, noise.is_measured) == (pytest.approx(0.03), 3, False)
    assert measure_noise(table([[0.9]])).sd == 0.0
