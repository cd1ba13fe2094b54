"""Rules between a schedule and the length of the run: what would never act is a mistake."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from lrsearch.spec.sections import KeyPath, Spec, WarmupEpochs, WarmupSteps, show


@dataclass(frozen=True, slots=True)
class Moment:
    """Something that a schedule does at a point of the run.

    Attributes:
        option: The option that sets it, and its place in a list.
        what: What it is called in a message.
        at: Epochs or steps behind the warm-up.
        unit: epochs or steps.
    """

    option: KeyPath
    what: str
    at: float
    unit: str


def needs_steps(spec: Spec) -> bool:
    """Whether the steps of an epoch must be known to lay the schedule over the run: something is counted in steps."""
    return spec.train.schedule.options.get("unit") == "steps" or isinstance(spec.train.warmup, WarmupSteps)


def length_faults(spec: Spec, steps_per_epoch: int | None) -> Iterator[tuple[KeyPath, str]]:
    """What of a schedule lies at or past the end of the run.

    Args:
        spec: The spec.
        steps_per_epoch: Optimizer steps in one epoch; None where nothing is counted in steps.
    """
    epochs = spec.train.epochs
    if epochs > 2**53:  # nobody trains so long, and floats no longer hold it
        return
    for moment in _moments(spec):
        in_steps = moment.unit == "steps"
        if in_steps and steps_per_epoch is None:
            continue
        end = epochs * steps_per_epoch if in_steps and steps_per_epoch is not None else epochs
        warmup = _warmup_epochs(spec, steps_per_epoch) * end / epochs
        behind = f" and {show(float(f'{warmup:.6g}'))} of warm-up" if warmup else ""
        if moment.at + warmup >= end:
            when = f"after {_count(moment.at, moment.unit)}{behind}"
            message = f"{moment.what} ({when}) must come before the end of the run ({_count(end, moment.unit)})"
            yield ("train", "schedule", *moment.option), message


def order_faults(spec: Spec) -> Iterator[tuple[KeyPath, str]]:
    """Milestones that do not rise."""
    milestones = spec.train.schedule.options.get("milestones")
    if isinstance(milestones, tuple):
        for i, (before, after) in enumerate(pairwise(milestones), start=1):
            if after <= before:
                message = f"milestones must rise: {show(after)} follows {show(before)}"
                yield ("train", "schedule", "milestones", i), message


def plateau_faults(spec: Spec) -> Iterator[tuple[KeyPath, str]]:
    """A plateau that cannot act: the first loss is the best, and an epoch has to follow the drop."""
    patience, epochs = spec.train.schedule.options.get("patience"), spec.train.epochs
    if isinstance(patience, int) and patience + 2 > epochs - 1:
        message = (
            f"first drop (after {patience + 2} epochs: patience + 2) must come before the end of the run "
            f"({_count(epochs, 'epochs')})"
        )
        yield ("train", "schedule", "patience"), message


def _moments(spec: Spec) -> Iterator[Moment]:
    schedule = spec.train.schedule
    match dict(schedule.options):
        case {"every": float() as every, "unit": str() as unit}:
            yield Moment(("every",), "first drop", every, unit)
        case {"milestones": tuple() as milestones, "unit": str() as unit}:
            for i, milestone in enumerate(milestones):
                yield Moment(("milestones", i), "drop", milestone, unit)
        case {"period": float() as period}:
            yield Moment(("period",), "first restart", period, "epochs")
        case {"step_size": float() as rise}:
            yield Moment(("step_size",), "first peak", rise, "epochs")


def _warmup_epochs(spec: Spec, steps_per_epoch: int | None) -> float:
    """Epochs of warm-up; 0 where it is as long as the run, which is another rule's to say."""
    warmup, epochs = spec.train.warmup, spec.train.epochs
    match warmup:
        case WarmupEpochs():
            length = warmup.epochs
        case WarmupSteps():
            length = warmup.steps / steps_per_epoch if steps_per_epoch else 0.0
        case _:
            length = warmup * epochs
    return length if length < epochs else 0.0


def _count(length: float, unit: str) -> str:
    return f"{show(length)} {unit if length != 1 else unit.removesuffix('s')}"
