"""How soon each rate gets to what the best one reaches: epochs and seconds to the target accuracy."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate

from lrsearch.records import Result

SHARE_OF_BEST = 0.99
"""What part of the best mean score is the target."""


@dataclass(frozen=True, slots=True)
class Reached:
    """When a rate got to the target.

    Attributes:
        epoch: The first epoch, from 1, at which its mean validation accuracy was there.
        seconds: Training time of one run up to the end of that epoch: the mean over repeats.
    """

    epoch: int
    seconds: float


def target_accuracy(best_score: float) -> float:
    """The validation accuracy that counts as reached, in [0, 1]: 99 % of the best mean score over all arms."""
    return SHARE_OF_BEST * best_score


def reached(repeats: Sequence[Result], target: float) -> Reached | None:
    """When the repeats of one rate got to a validation accuracy, in the mean.

    Args:
        repeats: Results of one rate of one arm, one for each seed.
        target: Validation accuracy, in [0, 1].

    Returns:
        The first epoch and its time; None where no epoch got there, and where a repeat did not train to its end. A
        repeat that stopped early counts from there on with its last epoch.
    """
    if not repeats or not all(result.is_candidate and result.points for result in repeats):
        return None
    highest = [max(point.val_accuracy for point in result.points) for result in repeats]
    if math.fsum(highest) / len(highest) < target:  # most rates: the mean of the courses gets no higher
        return None
    accuracies = [_extended((point.val_accuracy for point in result.points), repeats) for result in repeats]
    seconds = [_extended(accumulate(point.seconds for point in result.points), repeats) for result in repeats]
    for epoch, shares in enumerate(zip(*accuracies, strict=True), start=1):
        if math.fsum(shares) / len(shares) >= target:
            times = [until[epoch - 1] for until in seconds]
            return Reached(epoch, math.fsum(times) / len(times))
    return None


def _extended(values: Iterable[float], repeats: Sequence[Result]) -> list[float]:
    """One value for each epoch of the longest repeat, the last one repeated."""
    known, longest = list(values), max(len(result.points) for result in repeats)
    return known + known[-1:] * (longest - len(known))
