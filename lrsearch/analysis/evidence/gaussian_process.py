"""Gaussian process regression: fits a smooth curve of any shape to noisy scores over log learning rates.

Rasmussen and Williams 2006, "Gaussian Processes for Machine Learning", equations 2.24 (the joint posterior), 2.41 (a
mean with a flat prior) and 4.17 (the kernel). The noise is not known exactly either: Gelman et al. 2013, "Bayesian Data
Analysis", section 3.3.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from lrsearch.analysis.evidence.observations import Floats

LENGTHS = np.geomspace(0.2, 4.0, 7)
"""Length scales that the fit averages over, in decades. The shortest suits a bump one grid step wide, the longest a
slope over the whole range."""

AMPLITUDES = np.geomspace(0.003, 0.1, 6)
"""Standard deviations of the curve about its mean that the fit averages over: 0.3 to 10 percentage points."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Process:
    """The joint posterior of the curve's values, given noisy values at k points.

    Attributes:
        values: The posterior mean, a function from log10 of rates to values; (m,) to (m,).
        covariance: Posterior covariance of the curve's values at the k points; (k, k).
    """

    values: Callable[[Floats], Floats]
    covariance: Floats

    def errors_below(self, i: int) -> Floats:
        """Standard error of the difference between the curve's value at point i and its value at each point; (k,)."""
        own = np.diag(self.covariance)
        return np.asarray(np.sqrt(np.maximum(own[i] + own - 2 * self.covariance[i], 0.0)), dtype=float)


def fit_process(x: Floats, y: Floats, counts: Floats, variance: float, degrees: int) -> Process:
    """Fit a Gaussian process with a Matern 5/2 kernel and an unknown mean to noisy values.

    The curve is an average over all pairs of length scale and amplitude. Each pair is weighted by its marginal
    likelihood: how probable the values are under this pair (with a flat prior on the mean, as in REML). With ten noisy
    values, the most likely pair alone often gives a straight line or a zigzag.

    The noise estimate is combined with the deviations of the k values from the curve: with the weights `degrees` and k
    - 1. So the noise becomes smaller if the values lie closer to a smooth curve than the estimate predicts, and larger
    if the values lie farther away.

    Args:
        x: log10 of the rates; (k,).
        y: Values; (k,).
        counts: Number of trainings behind each value, >= 1; (k,).
        variance: Estimated noise variance of one training, > 0.
        degrees: Degrees of freedom of that estimate, >= 1.
    """
    distances, middle = np.abs(x[:, None] - x), float(y.mean())
    parts = [
        _condition(amplitude**2 / variance * matern(distances / length), y - middle, counts, variance, degrees)
        for length in LENGTHS
        for amplitude in AMPLITUDES
    ]
    likelihoods = np.array([part.log_likelihood for part in parts])
    weights = np.exp(likelihoods - likelihoods.max())
    weights /= weights.sum()
    values = np.array([part.values for part in parts])
    apart = values - weights @ values  # how the pairs differ is a part of the uncertainty
    covariance = np.tensordot(weights, np.array([part.covariance for part in parts]), 1) + (apart.T * weights) @ apart
    mean = middle + float(weights @ [part.mean for part in parts])
    # All amplitudes of one length scale share a kernel, so their terms can be summed before it is applied.
    strengths = weights * np.tile(AMPLITUDES**2 / variance, LENGTHS.size)
    pulls = (strengths[:, None] * [part.pull for part in parts]).reshape(LENGTHS.size, AMPLITUDES.size, -1).sum(axis=1)

    def curve(at: Floats) -> Floats:
        away = np.abs(at[:, None] - x)
        terms = [matern(away / length) @ pull for length, pull in zip(LENGTHS.tolist(), pulls, strict=True)]
        return np.asarray(mean + sum(terms), dtype=float)

    return Process(values=curve, covariance=covariance)


class _Part(NamedTuple):
    """The posterior under one pair of length scale and amplitude."""

    log_likelihood: float
    mean: float
    pull: Floats  # (k,): what the kernel is multiplied by
    values: Floats  # (k,)
    covariance: Floats  # (k, k)


def _condition(kernel: Floats, y: Floats, counts: Floats, variance: float, degrees: int) -> _Part:
    """Compute the posterior under one kernel. The kernel is given in units of the noise variance."""
    total = kernel + np.diag(1 / counts)
    projection = np.linalg.inv(total)
    column = projection.sum(axis=1)
    precision = float(column.sum())
    projection -= np.outer(column, column) / precision  # it removes the unknown mean
    pull = projection @ y
    squares, degrees = degrees * variance + float(y @ pull), degrees + y.size - 1
    log_determinant = float(np.linalg.slogdet(total)[1]) + math.log(precision)
    return _Part(
        log_likelihood=-(log_determinant + degrees * math.log(squares)) / 2,
        mean=float(column @ y) / precision,
        pull=pull,
        values=y - pull / counts,
        covariance=squares / degrees * (np.diag(1 / counts) - projection / np.outer(counts, counts)),
    )


def matern(scaled: Floats) -> Floats:
    """Matern 5/2 kernel of the scaled distance r: (1 + sqrt(5) r + 5 r^2 / 3) exp(-sqrt(5) r)."""
    root = np.sqrt(5.0) * scaled
    return np.asarray((1 + root + root**2 / 3) * np.exp(-root), dtype=float)
