"""Finds the rates that are statistically tied with the best, and computes the confidence intervals of mean scores."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from lrsearch.analysis.evidence.confidence import CONFIDENCE, comparison_constant, t_quantile
from lrsearch.analysis.evidence.fit import Fit
from lrsearch.analysis.evidence.noise import Noise, adjusted_means
from lrsearch.analysis.evidence.observations import CLOSE_SCORE, Floats, Observations, similarly_noisy

_SHARED_DEGREES = 4  # the neighbours' variance weighs as much as five more repeats of the rate


def tie_bound(observations: Observations, noise: Noise) -> Floats:
    """Compute how far below the leader's mean each rate can lie because of noise alone; (k,).

    The bound is d s sqrt(1 / n_leader + 1 / n_i), with d from `comparison_constant`. The truly best rate lies within
    this bound with a probability of at least 0.95 (Gupta 1965).
    """
    d = comparison_constant(observations.lrs.size + observations.n_pruned, noise.degrees)
    counts = observations.counts
    return np.asarray(d * noise.paired_sd * np.sqrt(1 / counts[observations.leader] + 1 / counts), dtype=float)


def tie_group(observations: Observations, noise: Noise, fit: Fit | None = None) -> NDArray[np.bool_]:
    """Find the rates that are statistically tied with the best; (k,).

    If the curve is a Gaussian process, a rate is compared by the curve: the value at the rate must lie at most d e
    below the highest value. e is the standard error of the difference, from the joint posterior of both values, and d
    is `comparison_constant`. Each rate carries information about its neighbours, so e is smaller than for two single
    scores. d is computed with the degrees of freedom of the noise alone, because all runs of one seed deviate from the
    mean curve together, and the values of the curve do not show this.

    If the curve is a quadratic and no rate has repeats, the values of the curve are compared by `tie_bound`. With
    repeats or without a curve, the mean scores are compared. A rate that the curve was not fitted to is always compared
    by its own mean score.

    Args:
        observations: The table, with at least one rate.
        noise: Noise of one training.
        fit: The curve fitted to the same table; None to compare the rates by their own scores.

    Returns:
        True for the leader and for every rate that is tied with the leader; if the noise is not known, only for the
        leader. The truly best rate is among the tied rates with a probability of at least 0.95. For the Gaussian
        process, this probability was simulated (`tests/benchmarks/ties.py`), and replayed on measured curves
        (`tests/benchmarks/replay.py`).
    """
    if not noise.is_known:
        return np.asarray(np.arange(observations.lrs.size) == observations.leader, dtype=bool)
    means = adjusted_means(observations)
    gaps = means[observations.leader] - means
    bounds = tie_bound(observations, noise)
    if fit is not None and (fit.errors is not None or observations.counts.max() == 1):
        fitted = fit.at(observations.lrs)
        covered = np.isfinite(fitted) & (gaps <= CLOSE_SCORE)
        gaps = np.where(covered, fitted[covered].max() - fitted, gaps)
        if fit.errors is not None:
            d = comparison_constant(fit.n_rates + observations.n_pruned, noise.degrees)
            bounds = np.where(covered, d * fit.errors(np.log10(observations.lrs)), bounds)
    tied = gaps <= bounds + 1e-12
    tied[observations.leader] = True
    return np.asarray(tied, dtype=bool)


def score_intervals(observations: Observations, tied: NDArray[np.bool_]) -> Floats:
    """Compute the 95 % confidence interval of each rate's mean level: low and high, within the scale's bounds; (k, 2).

    The interval is m_i +- t(0.975, n_i + 3) s_i / sqrt(n_i), with s_i^2 = (4 v_near + (n_i - 1) v_i) / (n_i + 3). v_i
    is the rate's own variance over seeds. v_near is the mean variance of the 5 nearest rates within 5 percentage
    points. v_near counts as much as five more repeats.

    An interval needs the spread between seeds. The interval is NaN for every rate if no rate has repeats, and for a
    rate with one repeat if no repeated rate is within 5 percentage points: single trainings of one seed do not show how
    much the score depends on the seed. (On digits, intervals computed from single trainings contained only 20 to 60 %
    of the means over 20 seeds.)

    The leader was chosen because its score is high, so its interval must be wider. Its level is 1 - 0.05 / (size of the
    tie group): the Bonferroni correction for choosing the leader from that group.

    Args:
        observations: The table, with at least one rate.
        tied: Which rates are tied with the best; (k,).
    """
    counts, variances, middle = observations.counts, observations.variances, observations.means
    repeated = counts > 1
    levels = np.full(counts.size, CONFIDENCE)
    levels[observations.leader] = 1 - (1 - CONFIDENCE) / int(tied.sum())
    widths = np.full(counts.size, np.nan)
    for i, (n, level) in enumerate(zip(counts.tolist(), levels.tolist(), strict=True)):
        if not repeated.any():
            break
        near = similarly_noisy(observations, i, among=repeated)
        if n == 1 and not (np.abs(middle[near] - middle[i]) <= CLOSE_SCORE + 1e-12).any():
            continue
        own = (n - 1) * float(variances[i]) if n > 1 else 0.0
        degrees = n - 1 + _SHARED_DEGREES
        variance = (_SHARED_DEGREES * float(variances[near].mean()) + own) / degrees
        sd = math.sqrt(max(variance, observations.least_variance))
        widths[i] = t_quantile((1 + level) / 2, degrees) * sd / math.sqrt(n)
    return np.column_stack((middle - widths, middle + widths)).clip(*observations.scale.bounds)
