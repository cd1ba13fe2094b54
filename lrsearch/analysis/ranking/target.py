"""How fast each rate trains: epochs and seconds until it reaches the target accuracy, 99 % of the best score."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate

from lrsearch.records import Result

SHARE_OF_BEST = 0.99
"""The target accuracy, as a share of the best mean score."""


@dataclass(frozen=True, slots=True)
class Reached:
    """When a rate reached the target accuracy.

    Attributes:
        epoch: The first epoch, from 1, at which the mean validation accuracy was at least the target.
        seconds: Training time of one run up to the end of that epoch: the mean over repeats.
    """

    epoch: int
    seconds: float


def target_accuracy(best_score: float) -> float:
    """Compute the target validation accuracy, in [0, 1]: 99 % of the best mean score over all arms."""
    return SHARE_OF_BEST * best_score


def reached(repeats: Sequence[Result], target: float) -> Reached | None:
    """Find when the mean validation accuracy of one rate's repeats reached a target.

    Args:
        repeats: Results of one rate of one arm, one for each seed.
        target: Validation accuracy, in [0, 1].

    Returns:
        The first epoch and its time; None if no epoch reached the target, or if a repeat failed. A repeat that stopped
        early keeps the accuracy of its last epoch.
    """
    if not repeats or not all(result.is_candidate and result.points for result in repeats):
        return None
    highest = [max(point.val_accuracy for point in result.points) for result in repeats]
    if math.fsum(highest) / len(highest) < target:  # shortcut for most rates: no epoch has a higher mean
        return None
    accuracies = [_extended((point.val_accuracy for point in result.points), repeats) for result in repeats]
    seconds = [_extended(accumulate(point.seconds for point in result.points), repeats) for result in repeats]
    for epoch, shares in enumerate(zip(*accuracies, strict=True), start=1):
        if math.fsum(shares) / len(shares) >= target:
            times = [until[epoch - 1] for until in seconds]
            return Reached(epoch, math.fsum(times) / len(times))
    return None


def _extended(values: Iterable[float], repeats: Sequence[Result]) -> list[float]:
    """Append the last value of one repeat until there are as many values as the longest repeat has epochs."""
    known, longest = list(values), max(len(result.points) for result in repeats)
    return known + [known[-1]] * (longest - len(known))
