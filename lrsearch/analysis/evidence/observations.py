"""The scores of one arm as a table: one row for each rate, one column for each seed."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lrsearch.analysis.ranking import SHARES, Scale, comparable, learned_scores, scale_of, scored_point
from lrsearch.catalog import Metric
from lrsearch.records import Result, Task

Floats = NDArray[np.float64]

NEAREST = 5
"""Number of neighbouring rates, the rate itself included, that are assumed to be equally noisy."""

CLOSE_SCORE = 0.05
"""Rates whose mean levels differ by at most this much are assumed to be equally noisy. At a rate where training begins
to break, the scores of seeds differ by tens of percentage points. If the noise were measured at such a rate, all rates
would be tied."""

_FEWEST_SIMILAR = 3


@dataclass(frozen=True, slots=True, eq=False)
class Observations:
    """The rates of one arm that can be compared: those that finished and learned in every repeat.

    All values that are computed from the observations are levels (`Scale`). A higher level is better, and a difference
    of 0.01 is one percentage point.

    Attributes:
        lrs: The k rates, ascending, > 0; (k,).
        scores: Level of rate i with seed j; NaN if there was no such training, or if the training ended in a machine
            fault; (k, n).
        losses: Mean validation loss of each rate; infinite if it is not finite; (k,).
        correct: For each rate and seed, packed bits that tell which validation images were classified correctly; None
            if the bits were not kept; k x n.
        values: For each rate and seed, the metric's value for each validation image, float32; None if not kept; k x n.
        n_val: Number of validation images, if the score is a share of these images; None for any other score, or if
            unknown.
        scale: The scale of the levels.
        n_pruned: Number of rates that were pruned, and so compared with these rates while they trained.
        first: Index of the rate that the ranking puts first; None to take the rate with the best mean score and loss.
    """

    lrs: Floats
    scores: Floats
    losses: Floats
    correct: tuple[tuple[bytes | None, ...], ...] = ()
    values: tuple[tuple[bytes | None, ...], ...] = ()
    n_val: int | None = None
    scale: Scale = SHARES
    first: int | None = None
    n_pruned: int = 0

    @property
    def counts(self) -> NDArray[np.int64]:
        """Number of repeats of each rate, >= 1; (k,)."""
        return np.asarray(np.isfinite(self.scores).sum(axis=1), dtype=np.int64)

    @property
    def means(self) -> Floats:
        """Mean level of each rate over its own repeats; (k,)."""
        return np.asarray(np.nansum(self.scores, axis=1) / self.counts, dtype=float)

    @property
    def leader(self) -> int:
        """Index of the best rate: `first` if known, otherwise by highest mean, then lowest loss, then lowest rate."""
        if self.first is not None:
            return self.first
        return int(np.lexsort((self.lrs, self.losses, -self.means))[0])

    @property
    def variances(self) -> Floats:
        """Variance of each rate's levels over seeds; NaN for a rate with one repeat; (k,)."""
        squares = np.nansum((self.scores - self.means[:, None]) ** 2, axis=1)
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(self.counts > 1, squares / (self.counts - 1), np.nan)

    @property
    def least_variance(self) -> float:
        """Variance that comes from rounding a score to whole images.

        No estimate of the noise is smaller than this variance.
        """
        return 0.0 if self.n_val is None else 1 / (12 * self.n_val**2)


def result_scale(results: Iterable[Result], task: Task, metric: Metric) -> Scale:
    """Make the scale for the results of one arm.

    The results have equal overrides, and are in the order of recording.
    """
    return scale_of(metric, task, learned_scores(comparable(results)))


def observe(results: Iterable[Result], arm: str = "", n_val: int | None = None, scale: Scale = SHARES) -> Observations:
    """Collect the scores of one arm that can be compared.

    Args:
        results: The results, in the order of recording, as for `rank_results`, with equal overrides. If a trial was
            repeated after a fault, only its last result counts; partial results are left out.
        arm: Name of the arm.
        n_val: Number of validation images.
        scale: The scale of the scores.

    Returns:
        The table; it has no rows if no rate trained with every seed. A machine fault does not exclude its rate: the
        rate then has one repeat fewer.
    """
    ends = [result for result in comparable(results) if result.trial.arm == arm]
    final = {(result.trial.lr, result.trial.repeat): result for result in ends if result.is_final}
    spoilt = {lr for (lr, _), result in final.items() if not result.is_candidate or not _is_sound(result)}
    kept = {key: result for key, result in final.items() if key[0] not in spoilt}
    lrs = sorted({lr for lr, _ in kept})
    repeats = sorted({repeat for _, repeat in kept})
    row, column = {lr: i for i, lr in enumerate(lrs)}, {repeat: j for j, repeat in enumerate(repeats)}
    scores = np.full((len(lrs), len(repeats)), np.nan)
    losses = np.full((len(lrs), len(repeats)), np.nan)
    correct: list[list[bytes | None]] = [[None] * len(repeats) for _ in lrs]
    values: list[list[bytes | None]] = [[None] * len(repeats) for _ in lrs]
    for (lr, repeat), result in kept.items():
        i, j = row[lr], column[repeat]
        scores[i, j] = math.nan if result.score is None else scale.level(result.score)
        correct[i][j], values[i][j] = result.correct, result.values
        point = scored_point(result)
        losses[i, j] = math.inf if point is None or not math.isfinite(point.val_loss) else point.val_loss
    counts = np.isfinite(scores).sum(axis=1)
    return Observations(
        lrs=np.array(lrs, dtype=float),
        scores=scores,
        losses=np.nansum(losses, axis=1) / np.maximum(counts, 1),
        correct=tuple(map(tuple, correct)) if scale.metric.noise == "binomial" else (),
        values=tuple(map(tuple, values)),
        n_val=n_val if scale.metric.scale == "share" else None,
        scale=scale,
    )


def _is_sound(result: Result) -> bool:
    """Whether score and rate are valid numbers. A damaged log may have numbers that are not valid."""
    return result.score is not None and math.isfinite(result.score) and 0 < result.trial.lr < math.inf


def nearest(lrs: Floats, i: int, count: int, among: NDArray[np.bool_] | None = None) -> NDArray[np.int64]:
    """Find the rates nearest to a given rate on the log scale.

    Args:
        lrs: Rates, > 0; (k,).
        i: Index of the given rate.
        count: How many to return, the given rate included.
        among: Mask of the rates to choose from; None for all; (k,).

    Returns:
        At most `count` indices, ascending. If two rates are equally near, the lower one is preferred.
    """
    # Round the distances, so that equal distances compare equal despite rounding errors.
    distance = np.round(np.abs(np.log(lrs) - np.log(lrs[i])), 9)
    candidates = np.arange(lrs.size) if among is None else np.flatnonzero(among)
    order = np.lexsort((lrs[candidates], distance[candidates]))
    return np.sort(candidates[order[:count]])


def similarly_noisy(
    observations: Observations, i: int, count: int = NEAREST, among: NDArray[np.bool_] | None = None
) -> NDArray[np.int64]:
    """Find the rates that are assumed to be as noisy as a given rate: near it, and with a similar score.

    Args:
        observations: The table.
        i: Index of the given rate.
        count: How many to return, the given rate included.
        among: Mask of the rates to choose from; None for all; (k,).

    Returns:
        At most `count` indices, ascending: the nearest rates on the log scale whose mean score is within `CLOSE_SCORE`
        of the given rate's. If fewer than min(3, count) rates qualify, the min(3, count) rates with the most similar
        mean score are returned instead.
    """
    means = observations.means
    apart = np.abs(means - means[i])
    allowed = np.ones(means.size, dtype=bool) if among is None else among
    near = nearest(observations.lrs, i, count, allowed & (apart <= CLOSE_SCORE + 1e-12))
    fewest = min(count, _FEWEST_SIMILAR)
    if near.size >= fewest:
        return near
    candidates = np.flatnonzero(allowed)
    return np.sort(candidates[np.argsort(apart[candidates], kind="stable")[:fewest]])
