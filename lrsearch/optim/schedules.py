"""Computes the learning rate at each step, from the schedule, the warm-up and the drops of a `plateau` schedule."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, TypeAlias

from lrsearch.catalog import SCHEDULES, ScheduleEntry
from lrsearch.errors import UsageError
from lrsearch.optim.curves import constant, cosine, exponential, inverse_time, linear, multistep, polynomial, step_decay
from lrsearch.optim.cycles import cosine_restarts, cyclic, one_cycle
from lrsearch.plugins import plugin_name
from lrsearch.spec import Spec, WarmupEpochs, WarmupSteps

Scale: TypeAlias = Callable[[int], float]
"""A function from the number of optimizer steps taken so far, >= 0, to the rate divided by the peak rate."""


_SCHEDULES: dict[str, Callable[..., float]] = {
    "constant": constant,
    "step": step_decay,
    "multistep": multistep,
    "exponential": exponential,
    "polynomial": polynomial,
    "linear": linear,
    "inverse-time": inverse_time,
    "cosine": cosine,
    "cosine-restarts": cosine_restarts,
    "one-cycle": one_cycle,
    "cyclic": cyclic,
}


def _curve(name: str, options: Mapping[str, Any]) -> Callable[[int, int, int], float]:
    """Return the schedule as a function of the step.

    For `plateau` it is constant; `spec_plateau` computes the drops.
    """
    if name == "plateau":
        return constant
    if SCHEDULES[name].plugin:
        return _plugged_curve(SCHEDULES[name], options)
    return partial(_SCHEDULES[name], **options)


def _plugged_curve(entry: ScheduleEntry, options: Mapping[str, Any]) -> Callable[[int, int, int], float]:
    """Return the schedule of a plugin. Check each value that it returns."""
    compute, what = entry.build, f"schedule '{entry.name}' ({plugin_name(entry.plugin)})"
    if compute is None:
        raise UsageError(f"{what}: the plugin is not loaded; name its file with --plugin")

    def curve(step: int, total_steps: int, steps_per_epoch: int) -> float:
        scale = compute(step, total_steps, steps_per_epoch, **options)
        try:
            number = math.nan if isinstance(scale, bool | str) else float(scale)
        except (TypeError, ValueError):
            number = math.nan
        if not (math.isfinite(number) and number >= 0):
            raise UsageError(f"{what}: the function returned {scale!r} at step {step}; expected a number, 0 or above")
        return number

    return curve


def make_schedule(
    name: str, options: Mapping[str, Any], *, warmup_steps: int, total_steps: int, steps_per_epoch: int
) -> Scale:
    """Build a schedule with linear warm-up. The schedule covers the steps after the warm-up.

    During warm-up the scale is (step + 1) / (warmup_steps + 1), so the peak is reached only at the first step
    of the schedule. This equals `torch.optim.lr_scheduler.SequentialLR` of a `LinearLR` and the schedule (Goyal et al.
    2017, "Accurate, Large Minibatch SGD", section 2.2, gradual warm-up).

    Args:
        name: A key of `catalog.SCHEDULES`.
        options: Its options, with all defaults filled in.
        warmup_steps: Steps of warm-up, in [0, total_steps).
        total_steps: Steps of the run, >= 1.
        steps_per_epoch: Optimizer steps in one epoch, >= 1.

    Example:
        >>> scale = make_schedule("linear", {"end": 0.0}, warmup_steps=1, total_steps=5, steps_per_epoch=1)
        >>> [scale(step) for step in range(5)]
        [0.5, 1.0, 0.75, 0.5, 0.25]
    """
    curve = _curve(name, options)

    def scale(step: int) -> float:
        if step < warmup_steps:
            return (step + 1) / (warmup_steps + 1)
        return curve(step - warmup_steps, total_steps - warmup_steps, steps_per_epoch)

    return scale


def warmup_steps(spec: Spec, epochs: int, n_steps: int) -> int:
    """Number of warm-up steps of a spec, in [0, epochs * n_steps).

    Args:
        spec: A checked spec.
        epochs: Epochs that the schedule covers, >= 1.
        n_steps: Optimizer steps in one epoch, >= 1.
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
    """Build the schedule of a spec, with its warm-up, for a run of `epochs` epochs of `n_steps` steps."""
    return make_schedule(
        spec.train.schedule.name,
        spec.train.schedule.options,
        warmup_steps=warmup_steps(spec, epochs, n_steps),
        total_steps=epochs * n_steps,
        steps_per_epoch=n_steps,
    )


def plateau_scale(
    losses: Sequence[float],
    *,
    factor: float = 0.1,
    patience: int = 3,
    threshold: float = 1e-4,
    floor: float = 0.0,
) -> float:
    """Compute the scale of the rate for the next epoch. The scale drops whenever the validation loss stops falling.

    The scale depends only on the losses so far, so a resumed training needs no scheduler state.

    Source: torch.optim.lr_scheduler.ReduceLROnPlateau(mode="min", threshold_mode="rel", cooldown=0, eps=0) with
    `min_lr` of floor times the peak rate.

    Args:
        losses: Validation loss of each finished epoch, in order. NaN never counts as better.
        factor: The rate is multiplied by this at a drop, in (0, 1).
        patience: Epochs in a row without a better loss that are allowed, >= 0; one more epoch causes a drop.
        threshold: Smallest fall that counts as better, as a share of the best loss so far, in [0, 1].
        floor: Lowest scale, in [0, 1].

    Returns:
        The scale for the next epoch, in [floor, 1].

    Example:
        >>> [plateau_scale([1.0, 0.5, 0.5, 0.5][:n], factor=0.5, patience=1) for n in range(5)]
        [1.0, 1.0, 1.0, 1.0, 0.5]
    """
    scale, best, waited = 1.0, math.inf, 0
    for loss in losses:
        if loss < best * (1.0 - threshold):
            best, waited = loss, 0
        else:
            waited += 1
        if waited > patience:
            scale, waited = max(scale * factor, floor), 0
    return scale


def spec_plateau(spec: Spec, losses: Sequence[float]) -> float:
    """Compute the scale that a spec's plateau schedule sets for the next epoch.

    Args:
        spec: A checked spec.
        losses: Validation loss of each finished epoch, in order.

    Returns:
        The scale, in [0, 1], by which the rate is multiplied; 1 if the schedule is not a plateau.
    """
    schedule = spec.train.schedule
    if schedule.name != "plateau":
        return 1.0
    options: dict[str, Any] = dict(schedule.options)
    return plateau_scale(losses, **options)
