"""Estimates the noise of one training's score: over seeds if rates have repeats, otherwise from single runs."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lrsearch.analysis.evidence.observations import CLOSE_SCORE, Floats, Observations, nearest, similarly_noisy

_QUADRATIC_RATES = 7  # rates in the quadratic fit whose residuals estimate the noise of single runs
_FEWEST_DEGREES = 3  # with fewer degrees of freedom, every rate would be tied with every other


@dataclass(frozen=True, slots=True, kw_only=True)
class Noise:
    """The noise of one training's score.

    Attributes:
        sd: Standard deviation of one training's score over seeds; without repeats, the same as `paired_sd`.
        paired_sd: Standard deviation without the seed effect that all rates share. The seed effect cancels in a
            comparison of two rates that were trained with the same seeds.
        degrees: Degrees of freedom of `paired_sd`, >= 1.
        is_measured: Whether the noise was measured over seeds. If not, the noise is an upper estimate from single runs.
        is_known: Whether the noise could be estimated at all. If there are neither repeats nor values for single
            images, the noise is unknown, and the other attributes serve only to fit the curve.
    """

    sd: float
    paired_sd: float
    degrees: int
    is_measured: bool
    is_known: bool = True


def measure_noise(observations: Observations) -> Noise:
    """Estimate the noise of one training near the best rate.

    If rates have repeats, take up to 5 repeated rates that are nearest to the leader in log lr, and whose mean scores
    are within 5 percentage points of the leader's (`similarly_noisy`). Call this set W. Fit each score by a rate mean
    and a seed effect. The residuals r_ij = y_ij - m_i - b_j are the noise: s^2 = sum r^2 / degrees. All rates see the
    same seeds, so a seed effect cancels in every comparison; `sd` contains the seed effect. If every rate has every
    seed, the degrees of freedom are (|W| - 1)(n - 1). If some trainings are missing, the degrees of freedom are the
    number of scores minus the number of free parameters. If only one rate has repeats, s^2 is the plain variance of its
    scores.

    If no rate has repeats, take the larger of two variances:
    - half of the variance of the leader's mean gain over its neighbour, image by image (`paired_variance`); for shares
      this is McNemar's variance, (b + c) / n_val^2: b is the number of images that only the leader got right, and c the
      number that only the neighbour got right (McNemar 1947, Psychometrika 12);
    - the residual variance of a quadratic in log lr through the 7 nearest rates within 5 points, with its own degrees
      of freedom, but at least 3.
    If too few rates for the quadratic lie within 5 percentage points, the first variance is used alone. If the first
    variance is not known or 0, fit the quadratic to the 7 nearest rates instead, whatever their scores. Do not fit this
    quadratic if the score is a share of n_val images whose answers were not kept, such as the accuracy of a program. If
    both variances are unknown or 0, as for a single rate, use the binomial variance of a share of n_val images. If the
    score is neither a share of n_val images nor a mean over images whose values were kept, the noise is not known.

    Args:
        observations: The table, with at least one rate.

    Returns:
        The noise. Its variance is at least 1 / (12 n_val^2), the variance of rounding to whole images.
    """
    repeated = observations.counts > 1
    if not repeated.any():
        return _noise_of_single_runs(observations)
    near = similarly_noisy(observations, observations.leader, among=repeated)
    table = observations.scores[near]
    residuals, degrees = additive_residuals(table)
    apart = table - observations.means[near][:, None]
    n_free = int((observations.counts[near] - 1).sum())
    if degrees < 1:  # only one repeated rate, or no two rates share a seed
        residuals, degrees = apart, n_free
    variance, whole = float(np.nansum(residuals**2)) / degrees, float(np.nansum(apart**2)) / n_free
    return _noise(variance, degrees, observations, whole=whole)


def adjusted_means(observations: Observations) -> Floats:
    """Mean score of each rate, corrected for the seeds that it was trained with; (k,).

    If all rates have the same seeds, the results are plain means. Otherwise the result is the mean of y_ij - b_j for
    each rate, with seed effects b_j fitted to the same rates as in `measure_noise`. The effects are 0 on average over
    the leader's seeds, so the leader's mean does not change.
    """
    present = np.isfinite(observations.scores)
    if (present == present[observations.leader]).all():
        return observations.means
    near = similarly_noisy(observations, observations.leader, among=observations.counts > 1)
    effects = _seed_effects(observations.scores[near])
    effects = effects - effects[present[observations.leader]].mean()
    return np.asarray(np.nansum(observations.scores - effects, axis=1) / observations.counts, dtype=float)


def additive_residuals(table: Floats) -> tuple[Floats, int]:
    """Fit y_ij = m_i + b_j. Return the residuals (NaN where y_ij is missing) and their degrees of freedom."""
    n_rates, n_seeds = table.shape
    present = np.isfinite(table)
    if present.all():
        residuals = table - table.mean(axis=1, keepdims=True) - table.mean(axis=0) + table.mean()
        return residuals, (n_rates - 1) * (n_seeds - 1)
    cells, design = _design(present)
    fit, _, rank, _ = np.linalg.lstsq(design, table[present], rcond=None)
    residuals = np.full(table.shape, np.nan)
    residuals[present] = table[present] - design @ fit
    return residuals, int(cells - rank)


def _seed_effects(table: Floats) -> Floats:
    """Fit the seed effects b_j of y_ij = m_i + b_j; (n,). The effect of an unused seed is 0.

    The effects have a mean of 0. If two groups of rates share no seed (for example confirmed and unconfirmed rates),
    the fit cannot compare the two sets of seeds. The mean is then 0 within each set.
    """
    effects = np.zeros(table.shape[1])
    if not table.size:
        return effects
    present = np.isfinite(table)
    _, design = _design(present)
    # Subtract the overall mean first. If several fits are equally good, lstsq returns the one with the smallest norm.
    # Without the subtraction, that fit would put part of the scores' common level into the seed effects.
    fit = np.linalg.lstsq(design, table[present] - table[present].mean(), rcond=None)[0][table.shape[0] :]
    unseen = present.any(axis=0)
    while unseen.any():
        together = np.arange(unseen.size) == np.argmax(unseen)
        while (more := present[present[:, together].any(axis=1)].any(axis=0) & ~together).any():
            together |= more
        effects[together] = fit[together] - fit[together].mean()
        unseen &= ~together
    return effects


def _design(present: NDArray[np.bool_]) -> tuple[int, Floats]:
    rates, seeds = np.nonzero(present)
    design = np.zeros((rates.size, sum(present.shape)))
    design[np.arange(rates.size), rates] = 1.0
    design[np.arange(rates.size), present.shape[0] + seeds] = 1.0
    return rates.size, design


def _noise_of_single_runs(observations: Observations) -> Noise:
    paired = paired_variance(observations)
    variances = [paired or 0.0]
    degrees = _FEWEST_DEGREES
    means = observations.means
    close = means >= means[observations.leader] - CLOSE_SCORE
    is_bare_share = paired is None and observations.n_val is not None
    if close.sum() <= 3 and variances[0] == 0.0 and not is_bare_share:
        close[:] = True
    near = nearest(observations.lrs, observations.leader, _QUADRATIC_RATES, close)
    if near.size > 3:  # a quadratic goes exactly through three points: no residual is left
        x = np.log(observations.lrs[near]) - np.log(observations.lrs[observations.leader])
        x = x / max(float(np.abs(x).max()), 1e-9)
        design = np.vander(x, 3)
        y = means[near]
        residuals = y - design @ np.linalg.lstsq(design, y, rcond=None)[0]
        degrees = max(near.size - 3, _FEWEST_DEGREES)
        variances.append(float(residuals @ residuals) / (near.size - 3))
    if not any(variances) and observations.n_val:  # no other estimate: treat the images as a random sample
        share = float(means[observations.leader])
        variances.append(share * (1 - share) / observations.n_val)
    is_known = paired is not None or observations.scale.metric.noise == "binomial"
    return _noise(max(variances), degrees, observations, is_known=is_known)


def paired_variance(observations: Observations) -> float | None:
    """Compute half of the variance of the leader's mean gain over a neighbour, from the gains on single images.

    Returns:
        The variance; None if the values are not known.
    """
    leader = observations.leader
    for neighbour in map(int, similarly_noisy(observations, leader, 3)):
        if neighbour == leader:
            continue
        discordant = _n_discordant(observations, leader, neighbour)
        if discordant is not None and observations.n_val:
            return discordant / (2 * observations.n_val**2)
        gains = _gains(observations, leader, neighbour)
        if gains is not None and gains.size > 1 and np.isfinite(gains).all():
            return float(gains.var(ddof=1)) / (2 * gains.size * observations.scale.span**2)
    return None


def _gains(observations: Observations, first: int, second: int) -> Floats | None:
    """Compute the difference of two rates' values for each image, with a seed that both have; None if unknown."""
    if not observations.values:
        return None
    for one, other in zip(observations.values[first], observations.values[second], strict=True):
        if one is not None and other is not None and len(one) == len(other):
            return np.asarray(np.frombuffer(one, np.float32) - np.frombuffer(other, np.float32), dtype=float)
    return None


def _n_discordant(observations: Observations, first: int, second: int) -> int | None:
    """Count the images that exactly one of two rates got right, with the first seed that both have; None if unknown."""
    if not observations.correct:
        return None
    for one, other in zip(observations.correct[first], observations.correct[second], strict=True):
        if one is not None and other is not None and len(one) == len(other):
            return (int.from_bytes(one, "big") ^ int.from_bytes(other, "big")).bit_count()
    return None


def _noise(
    variance: float, degrees: int, observations: Observations, *, whole: float | None = None, is_known: bool = True
) -> Noise:
    """Make the record of the noise. `whole` is the variance over seeds; it is None if there are no repeats."""
    sd, paired_sd = (
        math.sqrt(max(each, observations.least_variance)) for each in (variance if whole is None else whole, variance)
    )
    return Noise(sd=sd, paired_sd=paired_sd, degrees=degrees, is_measured=whole is not None, is_known=is_known)
