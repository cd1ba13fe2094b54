"""What the repeats of one arm's rates scored, as one table: rates down, seeds across."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lrsearch.analysis.ranking import latest, scored_point
from lrsearch.records import Result

Floats = NDArray[np.float64]

NEAREST = 5
"""Rates around one, itself included, that are taken to be as noisy as it is."""

ALIKE = 0.05
"""How far apart the mean scores of rates may lie that are taken to be equally noisy: at a rate where training begins to
break, seeds differ by tens of points, and one such neighbour of the best rate would have all rates tie with it."""

_FEWEST_ALIKE = 3


@dataclass(frozen=True, slots=True, eq=False)
class Observations:
    """The rates of one arm that can be compared: those of which every repeat finished and learned.

    Attributes:
        lrs: The k rates, ascending, > 0; (k,).
        scores: Score of rate i with seed j, in [0, 1]; NaN where that training was not made, or ended in a fault of the
            machine; (k, n).
        losses: Mean validation loss of each rate; infinite where it is not finite; (k,).
        correct: For each rate and seed the validation images that were right, packed; None where not kept; k x n.
        n_val: Validation images; None where not known.
        first: Index of the rate that the ranking puts first, where that is known; None to find it by means and losses.
    """

    lrs: Floats
    scores: Floats
    losses: Floats
    correct: tuple[tuple[bytes | None, ...], ...] = ()
    n_val: int | None = None
    first: int | None = None

    @property
    def counts(self) -> NDArray[np.int64]:
        """Repeats of each rate, >= 1; (k,)."""
        return np.asarray(np.isfinite(self.scores).sum(axis=1), dtype=np.int64)

    @property
    def means(self) -> Floats:
        """Mean score of each rate over its own repeats; (k,)."""
        return np.asarray(np.nansum(self.scores, axis=1) / self.counts, dtype=float)

    @property
    def leader(self) -> int:
        """Index of the rate that the ranking puts first: highest mean, then lowest loss, then lowest rate."""
        if self.first is not None:
            return self.first
        return int(np.lexsort((self.lrs, self.losses, -self.means))[0])

    @property
    def variances(self) -> Floats:
        """Variance of each rate's scores over seeds; NaN for a rate with one repeat; (k,)."""
        squares = np.nansum((self.scores - self.means[:, None]) ** 2, axis=1)
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(self.counts > 1, squares / (self.counts - 1), np.nan)

    @property
    def least_variance(self) -> float:
        """Variance of the rounding to whole images: no measured noise is smaller."""
        return 0.0 if self.n_val is None else 1 / (12 * self.n_val**2)


def observe(results: Iterable[Result], arm: str = "", n_val: int | None = None) -> Observations:
    """Gather what can be compared in one arm.

    Args:
        results: In the order in which they were recorded, as for `rank_results`: of a trial that was tried again the
            last counts, and of one that went on to more epochs the furthest.
        arm: The arm.
        n_val: Validation images.

    Returns:
        The table; without rows where no rate trained with every seed. A fault of the machine is not charged to its
        rate: that rate has one repeat less.
    """
    ends: dict[tuple[float, int], Result] = {}
    for result in sorted(latest(results), key=lambda result: result.trial.until):
        if result.trial.arm == arm:
            ends[result.trial.lr, result.trial.repeat] = result
    final = {key: result for key, result in ends.items() if result.is_final}
    spoilt = {lr for (lr, _), result in final.items() if not result.is_candidate or not _is_sound(result)}
    kept = {key: result for key, result in final.items() if key[0] not in spoilt}
    lrs = sorted({lr for lr, _ in kept})
    repeats = sorted({repeat for _, repeat in kept})
    row, column = {lr: i for i, lr in enumerate(lrs)}, {repeat: j for j, repeat in enumerate(repeats)}
    scores = np.full((len(lrs), len(repeats)), np.nan)
    losses = np.full((len(lrs), len(repeats)), np.nan)
    correct: list[list[bytes | None]] = [[None] * len(repeats) for _ in lrs]
    for (lr, repeat), result in kept.items():
        i, j = row[lr], column[repeat]
        scores[i, j], correct[i][j] = result.score, result.correct
        point = scored_point(result)
        losses[i, j] = math.inf if point is None or not math.isfinite(point.val_loss) else point.val_loss
    counts = np.isfinite(scores).sum(axis=1)
    return Observations(
        lrs=np.array(lrs, dtype=float),
        scores=scores,
        losses=np.nansum(losses, axis=1) / np.maximum(counts, 1),
        correct=tuple(map(tuple, correct)),
        n_val=n_val,
    )


def _is_sound(result: Result) -> bool:
    """Whether a result can be reckoned with; a damaged log may hold anything."""
    return result.score is not None and math.isfinite(result.score) and 0 < result.trial.lr < math.inf


def nearest(lrs: Floats, i: int, count: int, among: NDArray[np.bool_] | None = None) -> NDArray[np.int64]:
    """The rates nearest to one on the log scale.

    Args:
        lrs: Rates, > 0; (k,).
        i: Index of the one.
        count: How many, itself included.
        among: Which rates may be taken; None for all; (k,).

    Returns:
        At most `count` indices, ascending; of two equally far the lower rate is taken.
    """
    # Rounded, so that equally far is equally far in whatever unit rates are given.
    distance = np.round(np.abs(np.log(lrs) - np.log(lrs[i])), 9)
    candidates = np.arange(lrs.size) if among is None else np.flatnonzero(among)
    order = np.lexsort((lrs[candidates], distance[candidates]))
    return np.sort(candidates[order[:count]])


def alike(
    observations: Observations, i: int, count: int = NEAREST, among: NDArray[np.bool_] | None = None
) -> NDArray[np.int64]:
    """The rates that are taken to be as noisy as one: the nearest of those that score about the same.

    Args:
        observations: The table.
        i: Index of the one.
        count: How many, itself included.
        among: Which rates may be taken; None for all; (k,).

    Returns:
        At most `count` indices, ascending: the nearest on the log scale of the rates within `ALIKE` of its mean score;
        where those are fewer than 3, the 3 (or `count`) that are nearest in score.
    """
    means = observations.means
    apart = np.abs(means - means[i])
    allowed = np.ones(means.size, dtype=bool) if among is None else among
    near = nearest(observations.lrs, i, count, allowed & (apart <= ALIKE + 1e-12))
    fewest = min(count, _FEWEST_ALIKE)
    if near.size >= fewest:
        return near
    candidates = np.flatnonzero(allowed)
    return np.sort(candidates[np.argsort(apart[candidates], kind="stable")[:fewest]])
