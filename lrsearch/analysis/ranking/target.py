"""Measures how fast each rate trains: the time until its score reaches a target that is close to the best score."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate

from lrsearch.catalog import VAL_ACCURACY, Metric
from lrsearch.records import Result

SHARE_OF_BEST = 0.99
"""Where the target lies between 0 (or the score of the best constant prediction) and the best mean score."""


@dataclass(frozen=True, slots=True)
class Reached:
    """When a rate reached the target.

    Attributes:
        epoch: The first epoch, from 1, at which the mean of the metric was at least as good as the target.
        seconds: Training time of one run up to the end of this epoch: the mean over repeats.
    """

    epoch: int
    seconds: float


def target_score(metric: Metric, best: float, constant: float | None) -> float | None:
    """Compute the target score. Rates are compared by the time that they take to reach this score.

    If the metric grows from 0, such as an accuracy, the target is 99 % of the best mean score. Otherwise the target
    lies 99 % of the way from the score of the best constant prediction to the best mean score.

    Args:
        metric: The metric.
        best: The best mean score over all arms.
        constant: Score of the best constant prediction; None if unknown.

    Returns:
        The target. For a metric that grows from 0: None if the best score is 0. For any other metric: None if the score
        of the constant prediction is not known, or if the best score is not better than the constant prediction.
    """
    if metric.grows_from_zero:
        return SHARE_OF_BEST * best if best else None
    if constant is None or metric.oriented(best) <= metric.oriented(constant):
        return None
    return constant + SHARE_OF_BEST * (best - constant)


def reached(repeats: Sequence[Result], target: float, metric: Metric = VAL_ACCURACY) -> Reached | None:
    """Find when the mean of the metric over one rate's repeats reached a target.

    Args:
        repeats: Results of one rate of one arm, one for each seed.
        target: Value of the metric.
        metric: The metric.

    Returns:
        The first epoch and its time; None if no epoch reached the target, or if a repeat failed. A repeat that stopped
        early keeps the value of its last epoch.
    """
    if not repeats or not all(result.is_candidate and result.points for result in repeats):
        return None
    curves = [
        [metric.oriented(point.metrics.get(metric.name, math.nan)) for point in result.points] for result in repeats
    ]
    level = metric.oriented(target)
    if math.fsum(map(max, curves)) / len(curves) < level:  # shortcut for most rates: no epoch has a higher mean
        return None
    levels = [_extended(curve, repeats) for curve in curves]
    seconds = [_extended(accumulate(point.seconds for point in result.points), repeats) for result in repeats]
    for epoch, of_epoch in enumerate(zip(*levels, strict=True), start=1):
        if math.fsum(of_epoch) / len(of_epoch) >= level:
            times = [until[epoch - 1] for until in seconds]
            return Reached(epoch, math.fsum(times) / len(times))
    return None


def _extended(values: Iterable[float], repeats: Sequence[Result]) -> list[float]:
    """Repeat the last value of a repeat's curve until the curve has one value for each epoch of the longest repeat."""
    known, longest = list(values), max(len(result.points) for result in repeats)
    return known + [known[-1]] * (longest - len(known))
