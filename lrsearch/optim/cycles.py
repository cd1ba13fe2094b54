"""Schedules whose rate also rises: restarts, one cycle and many cycles. All are pure functions of the step."""

from __future__ import annotations

import math

from lrsearch.optim.curves import as_steps


def first_period(total_steps: int, steps_per_epoch: int, *, period: float | None, mult: int) -> int:
    """Number of steps in the first cycle of `cosine_restarts`, >= 1.

    Args:
        total_steps: Steps that the schedule covers, >= 1.
        steps_per_epoch: Optimizer steps in one epoch, >= 1.
        period: Length of the first cycle in epochs, > 0; None: the run has three cycles. The steps are then rounded
            up, so that no fourth cycle begins.
        mult: Length of each cycle divided by the length of the previous cycle, >= 1.

    Example:
        >>> first_period(70, 7, period=None, mult=2), first_period(70, 7, period=2.0, mult=2)
        (10, 14)
    """
    if period is not None:
        return as_steps(period, "epochs", steps_per_epoch)
    return math.ceil(total_steps / (1 + mult + mult**2))


def cosine_restarts(
    step: int, total_steps: int, steps_per_epoch: int, *, period: float | None, mult: int, end: float
) -> float:
    """Cosine decay with warm restarts: each cycle starts at the peak, `mult` times as long as the previous one.

    Source: Loshchilov & Hutter 2017, "SGDR", equation 5 and section 3.

    Args:
        step: Optimizer steps taken so far, >= 0.
        total_steps: Steps that the schedule covers, >= 1.
        steps_per_epoch: Optimizer steps in one epoch, >= 1.
        period: Length of the first cycle in epochs, > 0; None: the run has three cycles.
        mult: Length of each cycle divided by the length of the previous cycle, >= 1.
        end: Scale at the end of each cycle, in [0, 1].

    Returns:
        end + (1 - end) * (1 + cos(pi * c / P)) / 2 at step c, counted from 0, of a cycle of P steps.

    Example:
        >>> [round(cosine_restarts(s, 6, 1, period=2.0, mult=2, end=0.0), 3) for s in range(6)]
        [1.0, 0.5, 1.0, 0.854, 0.5, 0.146]
    """
    length = first_period(total_steps, steps_per_epoch, period=period, mult=mult)
    inside = step
    if mult == 1:
        inside %= length
    while inside >= length:
        inside -= length
        length *= mult
    return end + (1.0 - end) * (1.0 + math.cos(math.pi * inside / length)) / 2.0


def one_cycle(
    step: int,
    total_steps: int,
    steps_per_epoch: int,  # noqa: ARG001  (one signature for all)
    *,
    pct_start: float,
    div_factor: float,
    final_div_factor: float,
    anneal: str,
) -> float:
    """One cycle: the rate rises from a low value to the peak, then falls to almost zero. Momentum does not change.

    Source: Smith & Topin 2018, "Super-Convergence", section 3; equal to torch's OneCycleLR(cycle_momentum=False), which
    follows the two-phase form of fastai.

    Args:
        step: Optimizer steps taken so far, >= 0.
        total_steps: Steps that the schedule covers, >= 1.
        steps_per_epoch: Optimizer steps in one epoch, >= 1.
        pct_start: Share of the run in which the rate rises, in (0, 1).
        div_factor: Peak rate divided by the first rate, >= 1.
        final_div_factor: First rate divided by the last rate, >= 1.
        anneal: Shape of the rise and the fall: cos or linear.

    Returns:
        The scale rises from 1 / div_factor at step 0 to 1 at step pct_start * total_steps - 1. The scale then falls to
        1 / (div_factor * final_div_factor) at step total_steps - 1 and stays there.

    Example:
        >>> options = {"pct_start": 0.6, "div_factor": 5.0, "final_div_factor": 2.0, "anneal": "linear"}
        >>> [round(one_cycle(s, 5, 1, **options), 2) for s in range(5)]
        [0.2, 0.6, 1.0, 0.55, 0.1]
    """
    first, last = 1.0 / div_factor, 1.0 / (div_factor * final_div_factor)
    top, end = pct_start * total_steps - 1.0, total_steps - 1.0
    if step <= top:
        return _between(first, 1.0, 1.0 if top == 0 else step / top, anneal)
    return _between(1.0, last, 1.0 if step >= end else (step - top) / (end - top), anneal)


def _between(start: float, stop: float, share: float, anneal: str) -> float:
    """Interpolate from start (share 0) to stop (share 1) along half a cosine or a straight line."""
    if anneal == "cos":
        return stop + (start - stop) * (1.0 + math.cos(math.pi * share)) / 2.0
    return start + (stop - start) * share


def rise_steps(total_steps: int, steps_per_epoch: int, *, step_size: float | None) -> int:
    """Return the number of steps in a rise of `cyclic`, >= 1.

    If `step_size` (in epochs) is None: an eighth of the run.
    """
    return max(1, round(total_steps / 8)) if step_size is None else as_steps(step_size, "epochs", steps_per_epoch)


def cyclic(
    step: int,
    total_steps: int,
    steps_per_epoch: int,
    *,
    mode: str,
    step_size: float | None,
    low: float,
    gamma: float,
) -> float:
    """Cyclical learning rate: the rate rises and falls between a low rate and the peak.

    Source: Smith 2017, "Cyclical Learning Rates", section 3.1 and its listing; equal to torch's CyclicLR.

    Args:
        step: Optimizer steps taken so far, >= 0.
        total_steps: Steps that the schedule covers, >= 1.
        steps_per_epoch: Optimizer steps in one epoch, >= 1.
        mode: Height of the cycles: triangular (constant), triangular2 (halved after each cycle) or exp_range (gamma **
            step).
        step_size: Length of a rise in epochs, > 0; None: an eighth of the run.
        low: Scale at the start and the end of each cycle, in [0, 1].
        gamma: For exp_range only: the height is multiplied by this at each step, in (0, 1].

    Returns:
        low + (1 - low) * max(0, 1 - x) * height, with x = |step / S - 2 cycle + 1|, cycle = floor(1 + step / (2 S)) and
        S the number of steps in a rise.

    Example:
        >>> [cyclic(s, 8, 1, mode="triangular2", step_size=2.0, low=0.0, gamma=1.0) for s in range(8)]
        [0.0, 0.5, 1.0, 0.5, 0.0, 0.25, 0.5, 0.25]
    """
    rise = rise_steps(total_steps, steps_per_epoch, step_size=step_size)
    cycle = 1 + step // (2 * rise)
    x = abs(step / rise - 2 * cycle + 1)
    height = {"triangular": 1.0, "triangular2": 0.5 ** (cycle - 1), "exp_range": gamma**step}[mode]
    return low + (1.0 - low) * max(0.0, 1.0 - x) * height
