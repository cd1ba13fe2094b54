"""Chooses the verdict on one rate (good, too low, too high, unstable, overfitting), partly by its learning curves."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Literal, TypeAlias

from lrsearch.analysis.evidence.records import Verdict
from lrsearch.analysis.ranking import Unlearned
from lrsearch.records import Point, Result, Task

LearningCurve: TypeAlias = Sequence[float]
"""A quantity after each epoch: the mean over the repeats of one rate; (epochs,)."""

Outcome: TypeAlias = Literal["trained", "unlearned", "broke", "nothing"]
"""How one repeat ended. `nothing` means that the repeat does not show how good the rate is: it was pruned, it ended in
a fault, its log line is damaged, or it is not known whether the network learned."""

FAILED: frozenset[Outcome] = frozenset({"unlearned", "broke"})
"""The outcomes of a seed that failed."""

LATE_SHARE = 0.25
"""Share of the epochs that count as the end of a run. Changes there show whether more or fewer epochs would help."""

ABOVE_CONSTANT = 1.01
"""A training loss above this factor times that of the best constant prediction shows that training broke."""

TURNED = 1.1
"""The validation loss has turned if its last value is at least this many times its lowest value, and the lowest value
lies before the last quarter of the run."""


def outcome_of(result: Result, unlearned: Unlearned | None = None) -> Outcome:
    """Name how a repeat ended: trained (finished and learned), unlearned, broke (collapsed or diverged), or nothing.

    Args:
        result: The result of the repeat.
        unlearned: Why the repeat did not learn, from `name_unlearned`; None if the repeat learned or did not finish.
    """
    if result.state == "diverged" or unlearned == "collapsed":
        return "broke"
    if unlearned == "not yet":
        return "unlearned"
    is_sound = result.is_candidate and result.score is not None and math.isfinite(result.score)
    return "trained" if is_sound else "nothing"


def broke_before_pruning(result: Result, task: Task) -> bool:
    """Whether a training was pruned while its training loss was above that of the best constant prediction."""
    constant = task.baseline("train_loss").constant
    if result.state != "pruned" or constant is None or not result.points:
        return False
    return not result.points[-1].train_loss <= ABOVE_CONSTANT * constant  # NaN is not below it


def rate_verdict(
    lr: float, outcomes: Sequence[Outcome], *, tied: Sequence[float], leader: float, overfits: bool = False
) -> Verdict:
    """Choose the verdict on one rate.

    Args:
        lr: The rate.
        outcomes: The outcome of each of its repeats.
        tied: The rates tied with the best, ascending; the leader is one of these rates.
        leader: The best rate.
        overfits: Whether the rate's validation loss has turned (`has_turned`).

    Returns:
        For a rate with a failed seed:
            too low: the rate lies below the tied rates.
            too high: the rate lies above the leader, and every seed failed.
            unstable: any other rate.
        For a rate without a failed seed, the first that applies:
            unknown: the rate has no repeat, or a repeat with the outcome `nothing`.
            good: the rate lies between the smallest and the largest tied rate.
            overfitting: the validation loss of the rate has turned.
            too low, too high: the rate lies below or above the tied rates.
    """
    n_failed = sum(outcome in FAILED for outcome in outcomes)
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


def mean_learning_curve(results: Sequence[Result], quantity: Callable[[Point], float]) -> list[float]:
    """Compute the mean learning curve of one rate: a quantity after each epoch, averaged over the repeats.

    Args:
        results: The repeats of the rate.
        quantity: Function that reads the quantity from an epoch's record.

    Returns:
        One value for each epoch of the longest repeat; empty if no repeat has an epoch. A repeat that stopped early
        keeps the value of its last epoch. NaN if the mean is not finite.
    """
    curves = [[quantity(point) for point in result.points] for result in results if result.points]
    longest = max(map(len, curves), default=0)
    padded = [_padded(curve, longest) for curve in curves]
    means = [sum(values) / len(values) for values in zip(*padded, strict=True)]
    return [value if math.isfinite(value) else math.nan for value in means]


def _padded(curve: list[float], n_epochs: int) -> list[float]:
    """Repeat the last value of a curve until the curve has `n_epochs` epochs."""
    return curve + [curve[-1]] * (n_epochs - len(curve))


def late_epochs(n_epochs: int) -> int:
    """Number of epochs in the last quarter of a run, >= 1."""
    return max(1, int(LATE_SHARE * n_epochs))


def has_turned(val_losses: LearningCurve, train_losses: LearningCurve) -> bool:
    """Whether a rate overfits: its validation loss rose again while its training loss went on falling.

    The validation loss must be lowest before the last quarter of the run, and end at least 10 % above that minimum.
    If the training loss rose too, training broke; that is not overfitting.

    Args:
        val_losses: Learning curve of the validation loss.
        train_losses: Learning curve of the training loss, equally long.

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
    is_higher = val_losses[-1] >= TURNED * val_losses[epoch - 1]  # False for NaN
    return is_higher and train_losses[-1] < train_losses[epoch - 1]


def lowest_epoch(val_losses: LearningCurve) -> int | None:
    """Find the epoch, from 1, at which a loss was lowest; None if the loss was never finite."""
    numbers = [(loss, epoch) for epoch, loss in enumerate(val_losses, start=1) if math.isfinite(loss)]
    return min(numbers)[1] if numbers else None
