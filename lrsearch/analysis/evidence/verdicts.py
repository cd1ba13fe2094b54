"""What is said of one rate: good, too low, too high, unstable, overfitting. And the courses that verdicts look at."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Literal, TypeAlias

from lrsearch.analysis.evidence.records import Verdict
from lrsearch.records import Point, Result

Course: TypeAlias = Sequence[float]
"""A quantity after each epoch, the mean over the repeats of one rate."""

Outcome: TypeAlias = Literal["trained", "failed", "nothing"]
"""What became of one repeat: `nothing` where a fault, pruning or damage leaves nothing to say of its rate."""

LATE_SHARE = 0.25
"""The last part of a run: what happens there is what more or fewer epochs would change."""

TURNED = 1.1
"""The validation loss has turned where it ends at so many times its lowest mean, which lies before the last quarter."""


def outcome_of(result: Result) -> Outcome:
    """Whether a repeat trained (finished and learned), failed (collapsed, diverged, did not learn), or neither."""
    if result.state == "diverged" or (result.state == "ok" and result.learned is False):
        return "failed"
    is_sound = result.is_candidate and result.score is not None and 0.0 <= result.score <= 1.0
    return "trained" if is_sound else "nothing"


def rate_verdict(
    lr: float, outcomes: Sequence[Outcome], *, tied: Sequence[float], leader: float, overfits: bool = False
) -> Verdict:
    """What is said of one rate.

    Args:
        lr: The rate.
        outcomes: Of its repeats.
        tied: The rates that chance cannot tell from the best, ascending; with the leader.
        leader: The best rate.
        overfits: Whether its validation loss has turned (`has_turned`).

    Returns:
        good: tied with the best, or between two that are. Below those too low, above too high, wherever every seed
        trained or none did; a rate whose validation loss has turned is called overfitting. unstable: above the smallest
        tied rate some seeds trained and others did not, or none did while they do at a higher rate. Below it a rate at
        which some failed is too low. unknown: a repeat says nothing, and none failed.
    """
    n_failed = sum(outcome == "failed" for outcome in outcomes)
    if lr < tied[0] and n_failed:
        return "too low"
    if n_failed:
        return "too high" if lr > leader and n_failed == len(outcomes) else "unstable"
    if not outcomes or "nothing" in outcomes:
        return "unknown"
    if tied[0] <= lr <= tied[-1]:
        return "good"
    if overfits:
        return "overfitting"
    return "too low" if lr < tied[0] else "too high"


def mean_course(results: Sequence[Result], quantity: Callable[[Point], float]) -> list[float]:
    """The mean over repeats of a quantity after each epoch; empty where no repeat has an epoch.

    A repeat that stopped early counts from there on with its last epoch. NaN where a value is not finite.
    """
    courses = [[quantity(point) for point in result.points] for result in results if result.points]
    if len(courses) == 1:
        sums = courses[0]
    else:
        longest = max(map(len, courses), default=0)
        padded = [course + course[-1:] * (longest - len(course)) for course in courses]
        sums = [sum(values) / len(values) for values in zip(*padded, strict=True)]
    return [value if math.isfinite(value) else math.nan for value in sums]


def late_epochs(n_epochs: int) -> int:
    """Epochs in the last quarter of a run, >= 1."""
    return max(1, int(LATE_SHARE * n_epochs))


def has_turned(val_losses: Course, train_losses: Course) -> bool:
    """Whether a validation loss was lowest before the last quarter of the run and ends 10 % above that: overfitting.

    Only where the training loss went on falling: where it rose too, training broke.

    Args:
        val_losses: Course of the validation loss.
        train_losses: Course of the training loss, as long.

    Example:
        >>> falling, rising = [2.0, 1.0, 0.5, 0.4], [2.0, 1.0, 1.5, 1.6]
        >>> has_turned([2.0, 1.0, 0.8, 0.9], falling), has_turned([2.0, 1.0, 0.8, 0.9], rising)
        (True, False)
        >>> has_turned([2.0, 1.0, 0.9, 0.85], falling), has_turned([0.8, 0.7, 0.71, 0.72], falling)
        (False, False)
    """
    epoch = lowest_epoch(val_losses)
    if epoch is None or epoch > len(val_losses) - late_epochs(len(val_losses)):
        return False
    is_higher = val_losses[-1] >= TURNED * val_losses[epoch - 1]  # NaN is not
    return is_higher and train_losses[-1] < train_losses[epoch - 1]


def lowest_epoch(val_losses: Course) -> int | None:
    """The epoch, from 1, at which a loss was lowest; None where it never was a number."""
    numbers = [(loss, epoch) for epoch, loss in enumerate(val_losses, start=1) if math.isfinite(loss)]
    return min(numbers)[1] if numbers else None
