"""Schedules whose rate never rises, as pure functions of the step.

All share three arguments:
    step: Optimizer steps taken so far, in [0, total_steps].
    total_steps: Steps that the schedule covers, >= 1.
    steps_per_epoch: Optimizer steps in one epoch, >= 1.
All return the scale: the rate divided by the peak rate, in [0, 1]. At step 0 the scale is 1. Further arguments are the
options of the schedule in `catalog.SCHEDULES`.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence


def as_steps(length: float, unit: str, steps_per_epoch: int) -> int:
    """Convert a length in epochs or steps to a whole number of steps, >= 1.

    Args:
        length: The length, > 0.
        unit: Unit of `length`: epochs or steps.
        steps_per_epoch: Optimizer steps in one epoch, >= 1.

    Example:
        >>> as_steps(1.5, "epochs", 10), as_steps(7, "steps", 10), as_steps(0.01, "epochs", 10)
        (15, 7, 1)
    """
    return max(1, round(length * steps_per_epoch if unit == "epochs" else length))


def constant(step: int, total_steps: int, steps_per_epoch: int) -> float:  # noqa: ARG001  (one signature for all)
    """Constant schedule: the scale is always 1."""
    return 1.0


def drop_interval(total_steps: int, steps_per_epoch: int, *, every: float | None, unit: str) -> int:
    """Return the number of steps between two drops of `step_decay`, >= 1.

    If `every` is None: a third of the run, rounded up.
    """
    return math.ceil(total_steps / 3) if every is None else as_steps(every, unit, steps_per_epoch)


def step_decay(
    step: int, total_steps: int, steps_per_epoch: int, *, every: float | None, unit: str = "epochs", factor: float
) -> float:
    """Step decay: the rate drops by a factor at regular intervals.

    Source: He et al. 2016, "Deep Residual Learning", section 3.4.

    Args:
        step: Optimizer steps taken so far, >= 0.
        total_steps: Steps that the schedule covers, >= 1.
        steps_per_epoch: Optimizer steps in one epoch, >= 1.
        every: Number of epochs or steps between two drops, > 0; None: a third of the run.
        unit: Unit of `every`: epochs or steps.
        factor: The rate is multiplied by this at each drop, in (0, 1].

    Returns:
        factor ** floor(step / every), with `every` in whole steps.

    Example:
        >>> [step_decay(s, 6, 1, every=2, factor=0.1) for s in (0, 1, 2, 4)]
        [1.0, 1.0, 0.1, 0.010000000000000002]
    """
    return float(factor ** (step // drop_interval(total_steps, steps_per_epoch, every=every, unit=unit)))


def milestone_steps(
    total_steps: int, steps_per_epoch: int, *, milestones: Sequence[float] | None, unit: str
) -> tuple[int, ...]:
    """Return the steps at which `multistep` drops the rate; by default after 1/2 and 3/4 of the run, rounded up."""
    if milestones is None:
        return math.ceil(total_steps / 2), math.ceil(3 * total_steps / 4)
    return tuple(as_steps(milestone, unit, steps_per_epoch) for milestone in milestones)


def multistep(
    step: int,
    total_steps: int,
    steps_per_epoch: int,
    *,
    milestones: Sequence[float] | None,
    unit: str = "epochs",
    factor: float,
) -> float:
    """Multi-step decay: the rate drops by a factor at each milestone.

    Source: He et al. 2016, "Deep Residual Learning", section 4.2.

    Args:
        step: Optimizer steps taken so far, >= 0.
        total_steps: Steps that the schedule covers, >= 1.
        steps_per_epoch: Optimizer steps in one epoch, >= 1.
        milestones: Epochs or steps at which the rate drops, > 0, ascending; None: a half and three quarters of the
            run.
        unit: Unit of the milestones: epochs or steps.
        factor: The rate is multiplied by this at each drop, in (0, 1].

    Returns:
        factor ** (number of milestones <= step).

    Example:
        >>> [multistep(s, 8, 1, milestones=None, factor=0.5) for s in (0, 3, 4, 6)]
        [1.0, 1.0, 0.5, 0.25]
    """
    drops = milestone_steps(total_steps, steps_per_epoch, milestones=milestones, unit=unit)
    return float(factor ** bisect_right(drops, step))


def exponential(
    step: int,
    total_steps: int,  # noqa: ARG001  (one signature for all)
    steps_per_epoch: int,
    *,
    factor: float,
    unit: str = "epochs",
) -> float:
    """Exponential decay: the rate falls by the same factor in every epoch, or in every step.

    If the factor is given per epoch, the rate still changes at each step.

    Source: torch.optim.lr_scheduler.ExponentialLR, stepped at each step; its gamma is the factor of one step.

    Args:
        step: Optimizer steps taken so far, >= 0.
        total_steps: Steps that the schedule covers, >= 1.
        steps_per_epoch: Optimizer steps in one epoch, >= 1.
        factor: The rate is multiplied by this in every epoch or step, in (0, 1].
        unit: Whether `factor` is given per epoch or per step: epochs or steps.

    Returns:
        factor ** (step / steps_per_epoch) if the unit is epochs; factor ** step if it is steps.

    Example:
        >>> [round(exponential(s, 4, 2, factor=0.81), 3) for s in range(4)]
        [1.0, 0.9, 0.81, 0.729]
    """
    return float(factor ** (step / steps_per_epoch if unit == "epochs" else step))


def polynomial(step: int, total_steps: int, steps_per_epoch: int, *, power: float, end: float) -> float:  # noqa: ARG001  (one signature for all)
    """Polynomial decay: the rate falls to `end` as a power of the share of the run that is left.

    Source: Liu et al. 2015, "ParseNet" ("poly"); Chen et al. 2018, "DeepLab", section 4.1.

    Args:
        step: Optimizer steps taken so far, in [0, total_steps].
        total_steps: Steps that the schedule covers, >= 1.
        steps_per_epoch: Optimizer steps in one epoch, >= 1.
        power: Exponent, > 0. With 1 the rate falls in a straight line; with more it falls faster at the start.
        end: Scale after the last step, in [0, 1].

    Returns:
        end + (1 - end) * (1 - step / total_steps) ** power.

    Example:
        >>> [polynomial(s, 4, 1, power=2.0, end=0.0) for s in range(5)]
        [1.0, 0.5625, 0.25, 0.0625, 0.0]
    """
    return float(end + (1.0 - end) * (1.0 - step / total_steps) ** power)


def linear(step: int, total_steps: int, steps_per_epoch: int, *, end: float) -> float:  # noqa: ARG001  (one signature for all)
    """Linear decay: a straight line from the peak to `end`, which it reaches after the last step.

    Source: Defazio et al. 2023, "When, Why and How Much?".

    Args:
        step: Optimizer steps taken so far, in [0, total_steps].
        total_steps: Steps that the schedule covers, >= 1.
        steps_per_epoch: Optimizer steps in one epoch, >= 1.
        end: Scale after the last step, in [0, 1].

    Returns:
        1 - (1 - end) * step / total_steps.

    Example:
        >>> [linear(s, 4, 1, end=0.0) for s in range(5)]
        [1.0, 0.75, 0.5, 0.25, 0.0]
    """
    return 1.0 - (1.0 - end) * step / total_steps


def inverse_time(step: int, total_steps: int, steps_per_epoch: int, *, decay: float) -> float:  # noqa: ARG001  (one signature for all)
    """Inverse-time decay: the rate falls as 1 / (1 + decay * epochs).

    Source: Robbins & Monro 1951, "A Stochastic Approximation Method"; Bottou 2010, "Large-Scale Machine
    Learning with Stochastic Gradient Descent", section 2.

    Args:
        step: Optimizer steps taken so far, >= 0.
        total_steps: Steps that the schedule covers, >= 1.
        steps_per_epoch: Optimizer steps in one epoch, >= 1.
        decay: Speed of the fall per epoch, >= 0; with 1 the rate has halved after one epoch.

    Returns:
        1 / (1 + decay * step / steps_per_epoch).

    Example:
        >>> [round(inverse_time(s, 6, 2, decay=1.0), 2) for s in (0, 2, 4)]
        [1.0, 0.5, 0.33]
    """
    return 1.0 / (1.0 + decay * step / steps_per_epoch)


def cosine(step: int, total_steps: int, steps_per_epoch: int, *, end: float) -> float:  # noqa: ARG001  (one signature for all)
    """Cosine decay: half a period of a cosine from the peak to `end`.

    Source: Loshchilov & Hutter 2017, "SGDR", equation 5, without restarts.

    Args:
        step: Optimizer steps taken so far, in [0, total_steps].
        total_steps: Steps that the schedule covers, >= 1.
        steps_per_epoch: Optimizer steps in one epoch, >= 1.
        end: Scale after the last step, in [0, 1].

    Returns:
        end + (1 - end) * (1 + cos(pi * step / total_steps)) / 2.

    Example:
        >>> [round(cosine(s, 4, 1, end=0.0), 3) for s in range(5)]
        [1.0, 0.854, 0.5, 0.146, 0.0]
    """
    return end + (1.0 - end) * (1.0 + math.cos(math.pi * step / total_steps)) / 2.0
