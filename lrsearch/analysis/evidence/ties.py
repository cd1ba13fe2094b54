"""Which rates are statistically tied with the best, and the confidence interval of each rate's mean score."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from lrsearch.analysis.evidence.confidence import CONFIDENCE, comparison_constant, t_quantile
from lrsearch.analysis.evidence.noise import Noise, adjusted_means
from lrsearch.analysis.evidence.observations import Floats, Observations, similarly_noisy

_SHARED_DEGREES = 4  # the neighbours' variance weighs as much as five more repeats of the rate


def tie_bound(observations: Observations, noise: Noise) -> Floats:
    """Compute how far below the leader's mean each rate can lie because of noise alone; (k,).

    The bound is d s sqrt(1 / n_leader + 1 / n_i), with d from `comparison_constant`. The truly best rate lies within it
    with a probability of at least 0.95 (Gupta 1965).
    """
    d = comparison_constant(observations.lrs.size, noise.degrees)
    counts = observations.counts
    return np.asarray(d * noise.sd * np.sqrt(1 / counts[observations.leader] + 1 / counts), dtype=float)


def tie_group(observations: Observations, noise: Noise, fitted: Floats | None = None) -> NDArray[np.bool_]:
    """Find the rates that are statistically tied with the best; (k,).

    Args:
        observations: The table, with at least one rate.
        noise: Noise of one training.
        fitted: Value of the fitted curve at each rate, to compare the rates by the curve; NaN at rates that the curve
            does not cover; (k,). None to compare the rates by their own scores.

    Returns:
        True for the leader and for every rate within `tie_bound` of it. If a rate is compared by the curve,
        its value must lie within the bound of the curve's highest value.
    """
    means = adjusted_means(observations)
    gaps = means[observations.leader] - means
    if fitted is not None and np.isfinite(fitted).any():
        gaps = np.where(np.isfinite(fitted), np.nanmax(fitted) - fitted, gaps)
    tied = gaps <= tie_bound(observations, noise) + 1e-12
    tied[observations.leader] = True
    return np.asarray(tied, dtype=bool)


def score_intervals(observations: Observations, noise: Noise, tied: NDArray[np.bool_]) -> Floats:
    """Compute the 95 % confidence interval of each rate's mean score: low and high, in [0, 1]; (k, 2).

    The interval is m_i +- t(0.975, n_i + 3) s_i / sqrt(n_i), with s_i^2 = (4 v_near + (n_i - 1) v_i) / (n_i + 3). v_i
    is the rate's own variance over seeds. v_near is the mean variance of the 5 nearest rates within 5 points. It
    weighs as much as five more repeats. If no rate has repeats, the noise's own sd and degrees are used.

    The leader was chosen because its score is high, so its interval must be wider. Its level is 1 - 0.05 / (size of the
    tie group): the Bonferroni correction for choosing the leader from that group.

    Args:
        observations: The table, with at least one rate.
        noise: Noise of one training.
        tied: Which rates are tied with the best; (k,).
    """
    counts, variances = observations.counts, observations.variances
    repeated = counts > 1
    levels = np.full(counts.size, CONFIDENCE)
    levels[observations.leader] = 1 - (1 - CONFIDENCE) / int(tied.sum())
    widths = np.empty(counts.size)
    for i, (n, level) in enumerate(zip(counts.tolist(), levels.tolist(), strict=True)):
        if repeated.any():
            near = similarly_noisy(observations, i, among=repeated)
            own = (n - 1) * float(variances[i]) if n > 1 else 0.0
            degrees = n - 1 + _SHARED_DEGREES
            variance = (_SHARED_DEGREES * float(variances[near].mean()) + own) / degrees
        else:
            variance, degrees = noise.sd**2, noise.degrees
        sd = math.sqrt(max(variance, observations.least_variance))
        widths[i] = t_quantile((1 + level) / 2, degrees) * sd / math.sqrt(n)
    middle = observations.means
    return np.column_stack((middle - widths, middle + widths)).clip(0.0, 1.0)
