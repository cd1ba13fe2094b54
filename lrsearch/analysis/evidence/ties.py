"""Which rates cannot be told from the best, and where a rate's mean score over seeds lies."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from lrsearch.analysis.evidence.noise import Noise, adjusted_means
from lrsearch.analysis.evidence.observations import Floats, Observations, alike
from lrsearch.analysis.evidence.selection import LEVEL, comparison_constant, t_quantile

_SHARED_DEGREES = 4  # weight of the neighbours' variance beside a rate's own: as much as five repeats of it


def tie_bound(observations: Observations, noise: Noise) -> Floats:
    """How far below the leader's mean a rate can lie by chance alone; (k,).

    d s sqrt(1 / n_leader + 1 / n_i), with d of `comparison_constant`: with probability 0.95 at least the truly best
    rate lies no further below (Gupta 1965).
    """
    d = comparison_constant(observations.lrs.size, noise.degrees)
    counts = observations.counts
    return np.asarray(d * noise.sd * np.sqrt(1 / counts[observations.leader] + 1 / counts), dtype=float)


def tie_group(observations: Observations, noise: Noise, fitted: Floats | None = None) -> NDArray[np.bool_]:
    """Which rates cannot be told from the best; (k,).

    Args:
        observations: The table, with one rate at least.
        noise: Of one training.
        fitted: For each rate the value of a curve through single runs, by which it is judged in place of its own score;
            NaN where the curve does not go; None where every rate is judged by its own; (k,).

    Returns:
        True for the leader and for all that lie within `tie_bound` of it (of the curve's highest value, if judged by
        the curve).
    """
    means = adjusted_means(observations)
    gaps = means[observations.leader] - means
    if fitted is not None and np.isfinite(fitted).any():
        gaps = np.where(np.isfinite(fitted), np.nanmax(fitted) - fitted, gaps)
    tied = gaps <= tie_bound(observations, noise) + 1e-12
    tied[observations.leader] = True
    return np.asarray(tied, dtype=bool)


def score_intervals(observations: Observations, noise: Noise, tied: NDArray[np.bool_]) -> Floats:
    """Where each rate's mean score over seeds lies, with confidence 0.95; low and high, (k, 2).

    m_i +- t(0.975, n_i + 3) s_i / sqrt(n_i), with s_i^2 = (4 v_near + (n_i - 1) v_i) / (n_i + 3): a rate's own variance
    over seeds, and the mean variance of the 5 nearest rates within 5 points as if it were five repeats more. Where no
    rate has repeats, the noise's own sd and degrees. The leader was chosen for being high: its level is 1 - 0.05 /
    (size of the tie group), as if each of that group had been asked at once (Bonferroni).
    """
    counts, variances = observations.counts, observations.variances
    repeated = counts > 1
    levels = np.full(counts.size, LEVEL)
    levels[observations.leader] = 1 - (1 - LEVEL) / int(tied.sum())
    widths = np.empty(counts.size)
    for i, (n, level) in enumerate(zip(counts.tolist(), levels.tolist(), strict=True)):
        if repeated.any():
            near = alike(observations, i, among=repeated)
            own = (n - 1) * float(variances[i]) if n > 1 else 0.0
            degrees = n - 1 + _SHARED_DEGREES
            variance = (_SHARED_DEGREES * float(variances[near].mean()) + own) / degrees
        else:
            variance, degrees = noise.sd**2, noise.degrees
        sd = math.sqrt(max(variance, observations.least_variance))
        widths[i] = t_quantile((1 + level) / 2, degrees) * sd / math.sqrt(n)
    middle = observations.means
    return np.column_stack((middle - widths, middle + widths)).clip(0.0, 1.0)
