"""How the learning rate moves in a run: pure functions of the step that give a scale of the peak rate."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from lrsearch.spec import Spec, WarmupEpochs, WarmupSteps

Scale: TypeAlias = Callable[[int], float]
"""From the number of optimizer steps taken so far, >= 0, to the scale of the peak rate."""


def constant(step: int, total_steps: int, steps_per_epoch: int) -> float:  # noqa: ARG001  (one signature for all)
    """The peak rate throughout: 1."""
    return 1.0


def step_decay(step: int, total_steps: int, steps_per_epoch: int, *, every: float, factor: float) -> float:  # noqa: ARG001  (one signature for all)
    """A drop by a factor every few epochs.

    Args:
        step: Optimizer steps taken so far, >= 0.
        total_steps: Steps that the schedule is laid over, >= 1.
        steps_per_epoch: Optimizer steps in one epoch, >= 1.
        every: Epochs between two drops, > 0.
        factor: What is left of the rate after a drop, in (0, 1].

    Returns:
        factor ** floor(step / (every * steps_per_epoch)).

    Example:
        >>> [step_decay(s, 6, 1, every=2, factor=0.1) for s in (0, 1, 2, 4)]
        [1.0, 1.0, 0.1, 0.010000000000000002]
    """
    return float(factor ** (step // max(1, round(every * steps_per_epoch))))


def linear(step: int, total_steps: int, steps_per_epoch: int, *, end: float) -> float:  # noqa: ARG001  (one signature for all)
    """A straight line from the peak to `end` at the last step's end.

    Args:
        step: Optimizer steps taken so far, in [0, total_steps].
        total_steps: Steps that the schedule is laid over, >= 1.
        steps_per_epoch: Optimizer steps in one epoch, >= 1.
        end: Scale that is reached after the last step, in [0, 1].

    Returns:
        1 - (1 - end) * step / total_steps.

    Example:
        >>> [linear(s, 4, 1, end=0.0) for s in range(5)]
        [1.0, 0.75, 0.5, 0.25, 0.0]
    """
    return 1.0 - (1.0 - end) * step / total_steps


def cosine(step: int, total_steps: int, steps_per_epoch: int, *, end: float) -> float:  # noqa: ARG001  (one signature for all)
    """Half a cosine from the peak to `end`.

    Source: Loshchilov & Hutter 2017, "SGDR", equation 5, without restarts.

    Args:
        step: Optimizer steps taken so far, in [0, total_steps].
        total_steps: Steps that the schedule is laid over, >= 1.
        steps_per_epoch: Optimizer steps in one epoch, >= 1.
        end: Scale that is reached after the last step, in [0, 1].

    Returns:
        end + (1 - end) * (1 + cos(pi * step / total_steps)) / 2.

    Example:
        >>> [round(cosine(s, 4, 1, end=0.0), 3) for s in range(5)]
        [1.0, 0.854, 0.5, 0.146, 0.0]
    """
    return end + (1.0 - end) * (1.0 + math.cos(math.pi * step / total_steps)) / 2.0


_SCHEDULES: dict[str, Callable[..., float]] = {
    "constant": constant,
    "step": step_decay,
    "linear": linear,
    "cosine": cosine,
}


def make_schedule(
    name: str, options: Mapping[str, Any], *, warmup_steps: int, total_steps: int, steps_per_epoch: int
) -> Scale:
    """A schedule with linear warm-up in front; it is laid over the steps that the warm-up leaves.

    During warm-up the scale is (step + 1) / (warmup_steps + 1), so that the peak is reached once, at the first step of
    the schedule. This is `torch.optim.lr_scheduler.SequentialLR` of a `LinearLR` and the schedule (Goyal et al. 2017,
    "Accurate, Large Minibatch SGD", section 2.2, gradual warm-up).

    Args:
        name: A key of `catalog.SCHEDULES`.
        options: Its options, defaults filled in.
        warmup_steps: Steps of warm-up, in [0, total_steps).
        total_steps: Steps of the run, >= 1.
        steps_per_epoch: Optimizer steps in one epoch, >= 1.

    Example:
        >>> scale = make_schedule("linear", {"end": 0.0}, warmup_steps=1, total_steps=5, steps_per_epoch=1)
        >>> [scale(step) for step in range(5)]
        [0.5, 1.0, 0.75, 0.5, 0.25]
    """
    schedule = _SCHEDULES[name]

    def scale(step: int) -> float:
        if step < warmup_steps:
            return (step + 1) / (warmup_steps + 1)
        return schedule(step - warmup_steps, total_steps - warmup_steps, steps_per_epoch, **options)

    return scale


def warmup_steps(spec: Spec, epochs: int, n_steps: int) -> int:
    """Steps of warm-up that a spec means; always fewer than the run has.

    Args:
        spec: A checked spec.
        epochs: Epochs that the schedule is laid over.
        n_steps: Optimizer steps in one epoch.
    """
    warmup, total = spec.train.warmup, epochs * n_steps
    match warmup:
        case WarmupSteps():
            steps = warmup.steps
        case WarmupEpochs():
            steps = round(warmup.epochs * n_steps)
        case _:
            steps = round(warmup * total)
    return min(steps, total - 1)


def spec_schedule(spec: Spec, epochs: int, n_steps: int) -> Scale:
    """The schedule of a spec, warm-up included, over a run of `epochs` epochs of `n_steps` steps."""
    return make_schedule(
        spec.train.schedule.name,
        spec.train.schedule.options,
        warmup_steps=warmup_steps(spec, epochs, n_steps),
        total_steps=epochs * n_steps,
        steps_per_epoch=n_steps,
    )


def spec_plateau(spec: Spec, losses: Sequence[float]) -> float:  # noqa: ARG001  (what a schedule with a memory needs)
    """What a schedule with a memory makes of the validation losses so far: 1 for those that have none."""
    return 1.0
