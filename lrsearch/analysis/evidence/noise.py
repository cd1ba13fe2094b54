"""How far chance moves one training's score: measured over seeds, else bounded from what single runs tell."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lrsearch.analysis.evidence.observations import ALIKE, Floats, Observations, alike, nearest

_QUADRATIC_RATES = 7  # rates through which the curve is drawn whose residuals bound the noise of single runs
_FEWEST_DEGREES = 3  # fewer would make every rate tie with every other


@dataclass(frozen=True, slots=True, kw_only=True)
class Noise:
    """The noise of one training's score, apart from what its seed does to all rates alike.

    Attributes:
        sd: Standard deviation, as a share of the validation images (0.01 is one point).
        degrees: Degrees of freedom of its estimate, >= 1.
        is_measured: Whether rates were repeated over seeds; else it is a bound from single runs.
    """

    sd: float
    degrees: int
    is_measured: bool


def measure_noise(observations: Observations) -> Noise:
    """The noise of one training near the best rate.

    Where rates have repeats: W are the 5 repeated rates nearest to the leader in log lr of those within 5 points of it
    (`alike`), and the residuals of their scores from a rate's mean and a seed's effect, r_ij = y_ij - m_i - b_j, are
    the noise: s^2 = sum r^2 / degrees.
    All rates see the same seeds, so that a seed's effect cancels in every comparison. With a full table the degrees are
    (|W| - 1)(n - 1); with gaps, cells less free parameters. One repeated rate alone gives its plain variance.

    Where none has: the larger of half McNemar's variance of the leader against its neighbour, (b + c) / n_val^2, with b
    and c the images that one got right and the other not (McNemar 1947, Psychometrika 12), and the residual variance of
    a quadratic in log lr through the 7 nearest rates within 5 points, whose degrees are counted, 3 at the fewest. With
    too few rates within 5 points for that, McNemar's alone, where the bits are known. Where there is nothing at all, as
    for one rate alone, the binomial variance of a share of n_val images.

    Args:
        observations: The table, with one rate at least.

    Returns:
        The noise; its variance is at least that of the rounding to whole images, 1 / (12 n_val^2).
    """
    repeated = observations.counts > 1
    if not repeated.any():
        return _noise_of_single_runs(observations)
    near = alike(observations, observations.leader, among=repeated)
    table = observations.scores[near]
    residuals, degrees = _additive_residuals(table)
    if degrees < 1:  # one repeated rate, or seeds that no two share
        residuals = table - observations.means[near][:, None]
        degrees = int((observations.counts[near] - 1).sum())
    return _noise(float(np.nansum(residuals**2)) / degrees, degrees, observations, is_measured=True)


def adjusted_means(observations: Observations) -> Floats:
    """Mean score of each rate, free of which seeds it was tried with; (k,).

    Where all rates have the same seeds, their plain means. Else each is the mean of y_ij - b_j, with the seeds' effects
    b_j as fitted to the rates that tell the noise; they are 0 on average over the leader's seeds, so that
    its mean stays.
    """
    present = np.isfinite(observations.scores)
    if (present == present[observations.leader]).all():
        return observations.means
    near = alike(observations, observations.leader, among=observations.counts > 1)
    effects = _seed_effects(observations.scores[near])
    effects = effects - effects[present[observations.leader]].mean()
    return np.asarray(np.nansum(observations.scores - effects, axis=1) / observations.counts, dtype=float)


def _additive_residuals(table: Floats) -> tuple[Floats, int]:
    """Residuals of y_ij = m_i + b_j + noise by least squares, and their degrees of freedom; NaN where no y_ij is."""
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
    """The b_j of the same fit, 0 on average over seeds that share rates; 0 for a seed that no rate has; (n,).

    Where some rates have one set of seeds and others another (those that were confirmed), nothing tells the sets apart:
    each has its own average.
    """
    effects = np.zeros(table.shape[1])
    if not table.size:
        return effects
    present = np.isfinite(table)
    _, design = _design(present)
    # About the mean of all: of several fits the shortest is found, which must not take the scores' level for an effect.
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
    variances = [mcnemar_variance(observations)]
    degrees = _FEWEST_DEGREES
    means = observations.means
    close = means >= means[observations.leader] - ALIKE
    if close.sum() <= 3 and variances[0] == 0.0:
        close[:] = True
    near = nearest(observations.lrs, observations.leader, _QUADRATIC_RATES, close)
    if near.size > 3:  # as many points as a quadratic has parameters lie on it
        x = np.log(observations.lrs[near]) - np.log(observations.lrs[observations.leader])
        x = x / max(float(np.abs(x).max()), 1e-9)
        design = np.vander(x, 3)
        y = means[near]
        residuals = y - design @ np.linalg.lstsq(design, y, rcond=None)[0]
        degrees = max(near.size - 3, _FEWEST_DEGREES)
        variances.append(float(residuals @ residuals) / (near.size - 3))
    if not any(variances) and observations.n_val:  # nothing to measure it by: as if each image were drawn anew
        share = float(means[observations.leader])
        variances.append(share * (1 - share) / observations.n_val)
    return _noise(max(variances), degrees, observations, is_measured=False)


def mcnemar_variance(observations: Observations) -> float:
    """Half the variance of the difference of leader and neighbour on the same images; 0 where no bits are known."""
    leader, n_val = observations.leader, observations.n_val
    if n_val is None or not n_val:
        return 0.0
    for neighbour in alike(observations, leader, 3):
        discordant = _n_discordant(observations, leader, int(neighbour))
        if neighbour != leader and discordant is not None:
            return discordant / (2 * n_val**2)
    return 0.0


def _n_discordant(observations: Observations, first: int, second: int) -> int | None:
    """Images that one got right and the other not, with the first seed that both have; None where none is known."""
    if not observations.correct:
        return None
    for one, other in zip(observations.correct[first], observations.correct[second], strict=True):
        if one is not None and other is not None and len(one) == len(other):
            return (int.from_bytes(one, "big") ^ int.from_bytes(other, "big")).bit_count()
    return None


def _noise(variance: float, degrees: int, observations: Observations, *, is_measured: bool) -> Noise:
    sd = math.sqrt(max(variance, observations.least_variance))
    return Noise(sd=sd, degrees=degrees, is_measured=is_measured)
