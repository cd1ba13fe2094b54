"""Gaussian process regression over log learning rates: a smooth curve of any shape through noisy scores.

Rasmussen and Williams 2006, "Gaussian Processes for Machine Learning", equations 2.25, 2.45 and 4.17.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from lrsearch.analysis.evidence.observations import Floats

LENGTHS = np.geomspace(0.2, 4.0, 7)
"""Length scales that the fit averages over, in decades. The shortest suits a bump one grid step wide, the longest a
slope over the whole range."""

AMPLITUDES = np.geomspace(0.003, 0.1, 6)
"""Standard deviations of the curve about its mean that the fit averages over: 0.3 to 10 percentage points."""


def fit_process(x: Floats, y: Floats, variances: Floats) -> Callable[[Floats], Floats]:
    """Fit a Gaussian process with a Matern 5/2 kernel and an unknown mean to noisy values.

    The curve is an average over all pairs of length scale and amplitude. Each pair is weighted by its marginal
    likelihood: how probable the values are under this pair (with a flat prior on the mean, as in REML). With ten noisy
    values, the most likely pair alone often gives a straight line or a zigzag.

    Args:
        x: log10 of the rates; (k,).
        y: Values; (k,).
        variances: Noise variance of each value, > 0; (k,).

    Returns:
        The posterior mean, a function from log10 of rates to values; (m,) to (m,).
    """
    distances = np.abs(x[:, None] - x)
    ones = np.ones(x.size)
    parts: list[tuple[float, float, float, float, Floats]] = []  # log likelihood, length, a^2, mean, (k,)
    for length in LENGTHS:
        kernel = matern(distances / length)
        for amplitude in AMPLITUDES:
            lower = np.linalg.cholesky(amplitude**2 * kernel + np.diag(variances))
            half_y, half_one = np.linalg.solve(lower, np.column_stack((y, ones))).T
            precision = float(half_one @ half_one)
            mean = float(half_one @ half_y) / precision
            half_rest = half_y - mean * half_one
            likelihood = -np.log(np.diag(lower)).sum() - (np.log(precision) + half_rest @ half_rest) / 2
            parts.append((float(likelihood), float(length), amplitude**2, mean, np.linalg.solve(lower.T, half_rest)))
    likelihoods = np.array([part[0] for part in parts])
    weights = np.exp(likelihoods - likelihoods.max())
    weights /= weights.sum()
    mean = float(weights @ [part[3] for part in parts])
    # All amplitudes of one length scale share a kernel, so their terms can be summed before it is applied.
    pulls = [
        (length, sum(w * part[2] * part[4] for w, part in zip(weights, parts, strict=True) if part[1] == length))
        for length in LENGTHS.tolist()
    ]

    def curve(at: Floats) -> Floats:
        apart = np.abs(at[:, None] - x)
        return np.asarray(mean + sum(matern(apart / length) @ pull for length, pull in pulls), dtype=float)

    return curve


def matern(scaled: Floats) -> Floats:
    """Matern 5/2 kernel of the scaled distance r: (1 + sqrt(5) r + 5 r^2 / 3) exp(-sqrt(5) r)."""
    root = np.sqrt(5.0) * scaled
    return np.asarray((1 + root + root**2 / 3) * np.exp(-root), dtype=float)
