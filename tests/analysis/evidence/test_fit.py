"""The curve fitted to the scores near the best rate."""

from __future__ import annotations

import numpy as np
import pytest

from lrsearch.analysis.evidence import gaussian_process
from lrsearch.analysis.evidence.fit import MOST_RATES, PROCESS_RATES, fit_curve, spaced
from lrsearch.analysis.evidence.gaussian_process import fit_process, matern
from lrsearch.analysis.evidence.noise import Noise
from lrsearch.analysis.evidence.observations import Observations

NOISE = Noise(sd=0.003, paired_sd=0.003, degrees=8, is_measured=True)


def table(lrs, scores):
    """Make observations of rates with one score each, or with several."""
    scores = np.array(scores, dtype=float)
    scores = scores[:, None] if scores.ndim == 1 else scores
    return Observations(lrs=np.array(lrs, dtype=float), scores=scores, losses=np.zeros(len(lrs)))


def hill(lrs, peak=0.01, height=0.95, bend=0.02):
    """A parabola in log10 of the rate."""
    return height - bend * np.log10(np.asarray(lrs) / peak) ** 2


def test_a_quadratic_finds_a_peak_between_the_rates():
    """If the scores lie on a quadratic, the fit is exact."""
    lrs = np.array([1e-3, 3e-3, 2e-2, 1e-1])
    fit = fit_curve(table(lrs, hill(lrs)), NOISE)
    assert (fit.kind, fit.n_rates, fit.low, fit.high) == ("quadratic", 4, 1e-3, 1e-1)
    assert fit.at(np.array([3e-3, 0.01, 0.05])) == pytest.approx(hill([3e-3, 0.01, 0.05]))


def test_no_curve_through_fewer_than_three_rates_near_the_best():
    """A rate 5 points below the best is not near it."""
    assert fit_curve(table([0.1], [0.9]), NOISE) is None
    assert fit_curve(table([0.1, 0.2], [0.9, 0.91]), NOISE) is None
    assert fit_curve(table([0.1, 0.2, 0.3], [0.9, 0.91, 0.85]), NOISE) is None
    assert fit_curve(table([0.1, 0.2, 0.3], [0.9, 0.91, 0.87]), NOISE).n_rates == 3


def test_the_quadratic_is_fitted_to_the_five_rates_nearest_to_the_best():
    """This holds for fewer than 8 rates near the best."""
    lrs = np.logspace(-4, -1, 7)
    scores = hill(lrs, peak=lrs[2], bend=0.01)
    scores[5:] += 0.002
    fit = fit_curve(table(lrs, scores), NOISE)
    assert (fit.n_rates, fit.low, fit.high) == (5, lrs[0], lrs[4])
    assert fit.at(lrs[:5]) == pytest.approx(scores[:5])


def test_rates_are_weighted_by_their_repeats():
    """A rate with many seeds pulls the curve more than a rate with one seed."""
    lrs, nan = np.logspace(-3, -1, 5), np.nan
    scores = np.array([[0.90] * 9, [0.91] * 9, [0.92] * 9, [0.94] + [nan] * 8, [0.90] * 9])
    fit = fit_curve(table(lrs, scores), NOISE)
    assert abs(fit.at(lrs[2:3])[0] - 0.92) < abs(fit.at(lrs[3:4])[0] - 0.94)


def test_a_curve_that_opens_upwards_becomes_a_line():
    """An upward bend is noise, so a straight line is fitted."""
    lrs = np.logspace(-3, -1, 5)
    fit = fit_curve(table(lrs, [0.95, 0.93, 0.92, 0.93, 0.94]), NOISE)
    values = fit.at(spaced(fit.low, fit.high, 50))
    assert np.abs(np.diff(values, 2)).max() < 1e-9


def test_equal_accuracies_make_a_flat_curve():
    """This holds for the quadratic and for the Gaussian process."""
    for k in (3, 5, PROCESS_RATES, 40):
        lrs = np.logspace(-3, -1, k)
        fit = fit_curve(table(lrs, [0.9] * k), NOISE)
        assert fit.at(lrs) == pytest.approx(0.9)


def test_the_curve_is_nan_outside_its_rates():
    """Inside its rates, the curve is finite and never above 1."""
    lrs = np.array([1e-3, 1e-2, 1e-1])
    fit = fit_curve(table(lrs, [0.97, 1.0, 1.0]), NOISE)
    assert np.isnan(fit.at(np.array([0.9e-3, 0.11]))).all()
    assert fit.at(spaced(1e-3, 1e-1, 99)).max() == 1.0
    curve = fit.drawn()
    assert (curve.lrs[0], curve.lrs[-1], len(curve.lrs)) == (1e-3, 1e-1, len(curve.scores))
    assert np.isfinite(curve.scores).all()


def test_a_process_smooths_single_runs():
    """Over 20 searches, its mean error is less than half of that of the single runs."""
    lrs = np.logspace(-3.2, -0.8, 25)
    errors = []
    for seed in range(20):
        scores = hill(lrs) + 0.003 * np.random.default_rng(seed).standard_normal(25)
        fit = fit_curve(table(lrs, scores), NOISE)
        assert (fit.kind, fit.n_rates) == ("gaussian process", 25)
        errors.append((np.abs(fit.at(lrs) - hill(lrs)).mean(), np.abs(scores - hill(lrs)).mean()))
    of_curve, of_runs = np.mean(errors, axis=0)
    assert of_curve < 0.5 * of_runs


def test_the_joint_posterior_is_that_of_the_text_book(monkeypatch):
    """With one kernel and known noise: K - K (K + N)^-1 K, where a wide prior stands for the unknown mean."""
    monkeypatch.setattr(gaussian_process, "LENGTHS", np.array([0.5]))
    monkeypatch.setattr(gaussian_process, "AMPLITUDES", np.array([0.02]))
    rng = np.random.default_rng(0)
    x, counts = np.sort(rng.uniform(-3, 0, 9)), rng.integers(1, 4, 9).astype(float)
    y, variance = 0.9 + 0.01 * rng.standard_normal(9), 0.005**2
    prior = 0.02**2 * matern(np.abs(x[:, None] - x) / 0.5) + 1.0
    gain = prior @ np.linalg.inv(prior + np.diag(variance / counts))
    process = fit_process(x, y, counts, variance, degrees=10**9)
    assert process.values(x) == pytest.approx(gain @ y, abs=1e-5)
    covariance = prior - gain @ prior
    errors = np.sqrt(np.diag(covariance) + covariance[3, 3] - 2 * covariance[3])
    assert process.errors_below(3) == pytest.approx(errors, abs=1e-6)
    assert process.errors_below(3)[3] == 0.0


def test_the_noise_is_learned_from_the_values_too():
    """The estimate counts as its degrees of freedom do; values that lie closer to a smooth curve make it smaller."""
    x = np.linspace(-3, -1, 30)
    y = 0.9 + 0.001 * np.random.default_rng(0).standard_normal(30)
    few, many = (fit_process(x, y, np.ones(30), 0.003**2, degrees) for degrees in (4, 10**6))
    assert few.errors_below(15)[0] < 0.7 * many.errors_below(15)[0]


def test_a_process_follows_a_plateau_with_a_cliff():
    """A quadratic could not follow this shape."""
    lrs = np.logspace(-3, -1, 21)
    truth = np.where(lrs < 0.05, 0.95, 0.95 - 0.1 * np.log10(lrs / 0.05))
    fit = fit_curve(table(lrs, truth), NOISE)
    assert np.abs(fit.at(lrs) - truth).max() < 0.005


def test_many_rates_are_binned():
    """The ends of the curve stay at the ends of the rates."""
    rng = np.random.default_rng(0)
    lrs = np.sort(10 ** rng.uniform(-3, -1, 5 * MOST_RATES))
    scores = hill(lrs) + 0.003 * rng.standard_normal(lrs.size)
    fit = fit_curve(table(lrs, scores), NOISE)
    assert (fit.low, fit.high, fit.n_rates) == (lrs[0], lrs[-1], lrs.size)
    assert np.abs(fit.at(lrs) - hill(lrs)).max() < 0.003


def test_rates_that_are_almost_equal_give_a_finite_curve():
    """There is no division by zero."""
    lrs = 0.1 * (1 + 1e-12 * np.arange(4))
    assert np.isfinite(fit_curve(table(lrs, [0.9, 0.91, 0.9, 0.92]), NOISE).at(lrs)).all()
