"""Rules between a schedule and the length of the run. A drop, peak or restart after the run's end is a mistake."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from lrsearch.catalog import SCHEDULES
from lrsearch.spec.sections import KeyPath, Spec, WarmupEpochs, WarmupSteps, show
from lrsearch.wording import counted, rounded


@dataclass(frozen=True, slots=True)
class Moment:
    """A drop, peak or restart of a schedule.

    Attributes:
        option: The option that sets the moment; in a list, also the index.
        what: Name of the moment in a message.
        at: Epochs or steps after the end of the warm-up.
        unit: epoch or step.
    """

    option: KeyPath
    what: str
    at: float
    unit: str


def _options(spec: Spec) -> dict[str, object]:
    """Return the options of a built-in schedule. The options of a plugin have meanings of their own."""
    schedule = spec.train.schedule
    return {} if SCHEDULES[schedule.name].plugin else dict(schedule.options)


def needs_steps(spec: Spec) -> bool:
    """Whether the schedule or the warm-up is counted in steps, so that checks need the number of steps in an epoch."""
    return _options(spec).get("unit") == "steps" or isinstance(spec.train.warmup, WarmupSteps)


def length_violations(spec: Spec, steps_per_epoch: int | None) -> Iterator[tuple[KeyPath, str]]:
    """Yield a violation for each drop, peak or restart that does not come before the end of the run.

    Args:
        spec: The spec.
        steps_per_epoch: Optimizer steps in one epoch; None if nothing is counted in steps.
    """
    epochs = spec.train.epochs
    for moment in _moments(spec):
        in_steps = moment.unit == "step"
        if in_steps and steps_per_epoch is None:
            continue
        end = epochs * steps_per_epoch if in_steps and steps_per_epoch is not None else epochs
        warmup = _warmup_epochs(spec, steps_per_epoch) * end / epochs
        after_warmup = f" and {show(rounded(warmup, 6))} of warm-up" if warmup else ""
        if moment.at + warmup >= end:
            when = f"after {counted(moment.at, moment.unit)}{after_warmup}"
            message = f"{moment.what} ({when}) must come before the end of the run ({counted(end, moment.unit)})"
            yield ("train", "schedule", *moment.option), message


def order_violations(spec: Spec) -> Iterator[tuple[KeyPath, str]]:
    """Yield a violation for each milestone that is not later than the previous milestone."""
    milestones = _options(spec).get("milestones")
    if isinstance(milestones, tuple):
        for i, (before, after) in enumerate(pairwise(milestones), start=1):
            if after <= before:
                message = f"milestones must increase: {show(after)} follows {show(before)}"
                yield ("train", "schedule", "milestones", i), message


def plateau_violations(spec: Spec) -> Iterator[tuple[KeyPath, str]]:
    """Yield a violation if a plateau schedule cannot drop before the last epoch.

    The first drop comes after patience + 2 epochs at the earliest.
    """
    patience, epochs = _options(spec).get("patience"), spec.train.epochs
    if isinstance(patience, int) and patience + 2 > epochs - 1:
        message = (
            f"first drop (after patience + 2 = {patience + 2} epochs) must come before the end of the run "
            f"({counted(epochs, 'epoch')})"
        )
        yield ("train", "schedule", "patience"), message


def _moments(spec: Spec) -> Iterator[Moment]:
    match _options(spec):
        case {"every": float() as every, "unit": str() as unit}:
            yield Moment(("every",), "first drop", every, unit.removesuffix("s"))
        case {"milestones": tuple() as milestones, "unit": str() as unit}:
            for i, milestone in enumerate(milestones):
                yield Moment(("milestones", i), "drop", milestone, unit.removesuffix("s"))
        case {"period": float() as period}:
            yield Moment(("period",), "first restart", period, "epoch")
        case {"step_size": float() as rise}:
            yield Moment(("step_size",), "first peak", rise, "epoch")


def _warmup_epochs(spec: Spec, steps_per_epoch: int | None) -> float:
    """Return the epochs of warm-up; 0 if the warm-up is too long for the run, which a different rule reports."""
    warmup, epochs = spec.train.warmup, spec.train.epochs
    match warmup:
        case WarmupEpochs():
            length = warmup.epochs
        case WarmupSteps():
            length = warmup.steps / steps_per_epoch if steps_per_epoch else 0.0
        case _:
            length = warmup * epochs
    return length if length < epochs else 0.0
