"""Computes the posterior of a smooth curve through a few scores whose noise is not known.

Rasmussen and Williams 2006, "Gaussian Processes for Machine Learning", equations 2.23 to 2.25, 2.41, 2.42 and 4.17.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from lrsearch.analysis.evidence.gaussian_process import matern
from lrsearch.analysis.evidence.observations import Floats

LENGTHS = (0.2, 0.35, 0.6, 1.0, 1.8, 3.5)
"""Length scales of the averaged curves, in decades."""
AMPLITUDES = (0.3, 0.8, 2.0, 5.0, 12.0)
"""Standard deviations of the averaged curves about their means, in points."""
NOISES = (0.1, 0.2, 0.4, 0.8, 1.6, 3.2)
"""Standard deviations of the score of a single training, in points."""
_NOISE_MEDIAN, _NOISE_LOG_SD = 0.4, 0.9  # parameters of the lognormal prior of the noise
_SHARED = 0.5
"""Share of the noise variance that trainings with the same repeat have in common, because their initial weights and
batches are the same."""
_KEPT_WEIGHT = 0.98


@dataclass(frozen=True)
class CurvePosterior:
    """The joint distribution of the values of a curve at m rates.

    Attributes:
        at: log10 of rates, increasing; (m,).
        mean: Mean of the curve; (m,).
        covariance: Covariance of the curve; (m, m).
    """

    at: Floats
    mean: Floats
    covariance: Floats

    @property
    def sd(self) -> Floats:
        """Standard deviation of the curve; (m,)."""
        return np.asarray(np.sqrt(np.clip(np.diag(self.covariance), 0.0, None)), dtype=float)

    def sd_above(self, i: int) -> Floats:
        """Standard deviation of the difference between each value of the curve and the value at rate i; (m,)."""
        variances = np.diag(self.covariance)
        spread = variances + variances[i] - 2 * self.covariance[i]
        return np.asarray(np.sqrt(np.clip(spread, 0.0, None)), dtype=float)


def curve_posterior(x: Floats, y: Floats, repeats: NDArray[np.int64], at: Floats) -> CurvePosterior:
    """Compute the posterior of a curve with a Matern 5/2 kernel and an unknown mean.

    The posterior is an average over settings: combinations of length scale, amplitude and noise. The weight of a
    setting is its marginal likelihood (REML: a flat prior on the mean) times the prior of its noise. Trainings with the
    same repeat share a part of their noise.

    Args:
        x: log10 of the rates of the trainings; (k,).
        y: Their scores, in points; (k,).
        repeats: Their repeats; (k,).
        at: log10 of the rates at which to compute the curve; (m,).
    """
    shares = _SHARED * np.eye(x.size) + _SHARED * (repeats[:, None] == repeats)
    kernels = {length: matern(np.abs(x[:, None] - x) / length) for length in LENGTHS}
    settings = list(product(LENGTHS, AMPLITUDES, NOISES))
    logs = np.array([_log_weight(a**2 * kernels[length] + s**2 * shares, y, s) for length, a, s in settings])
    weights = np.exp(logs - logs.max())
    order = np.argsort(-weights, kind="stable")
    kept = order[: int(np.searchsorted(np.cumsum(weights[order]), _KEPT_WEIGHT * weights.sum())) + 1]
    weights = weights[kept] / weights[kept].sum()
    parts = []
    for i in kept:
        length, amplitude, noise = settings[i]
        parts.append(_part(x, y, at, length, amplitude, amplitude**2 * kernels[length] + noise**2 * shares))
    mean = sum(w * part for w, (part, _) in zip(weights, parts, strict=True))
    covariance = sum(
        w * (spread + np.outer(part - mean, part - mean)) for w, (part, spread) in zip(weights, parts, strict=True)
    )
    return CurvePosterior(at, np.asarray(mean, dtype=float), np.asarray(covariance, dtype=float))


def _log_weight(total: Floats, y: Floats, noise: float) -> float:
    """Compute log(marginal likelihood x prior) of one setting. `total` is the covariance of y under this setting."""
    lower = np.linalg.cholesky(total)
    half_y, half_one = np.linalg.solve(lower, np.column_stack((y, np.ones(y.size)))).T
    precision = float(half_one @ half_one)
    rest = half_y - half_one * (half_one @ half_y) / precision
    prior = -0.5 * ((np.log(noise) - np.log(_NOISE_MEDIAN)) / _NOISE_LOG_SD) ** 2
    return float(-np.log(np.diag(lower)).sum() - (np.log(precision) + rest @ rest) / 2 + prior)


def _part(x: Floats, y: Floats, at: Floats, length: float, amplitude: float, total: Floats) -> tuple[Floats, Floats]:
    """Compute the mean and the covariance of the curve for one setting."""
    across = amplitude**2 * matern(np.abs(at[:, None] - x) / length)  # (m, k)
    solved = np.linalg.solve(total, np.column_stack((y, np.ones(y.size), across.T)))
    of_y, of_one, of_across = solved[:, 0], solved[:, 1], solved[:, 2:]
    precision = float(of_one.sum())
    level = float(of_y.sum()) / precision
    mean = level + across @ (of_y - level * of_one)
    open_level = 1 - across @ of_one  # what the unknown mean adds
    own = amplitude**2 * matern(np.abs(at[:, None] - at) / length)
    return mean, own - across @ of_across + np.outer(open_level, open_level) / precision
