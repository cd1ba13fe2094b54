"""What is odd in a spec, but allowed."""

from __future__ import annotations

import math

from lrsearch.spec.sections import LrRange, Spec, Warmup, WarmupEpochs, WarmupSteps, search_rates, show

RISE_FROM_LOW = ("one-cycle", "cyclic")
"""Schedules that do not start at their peak."""


def spec_warnings(spec: Spec) -> list[str]:
    """What is odd in a spec, but allowed: sentences for people."""
    warnings = []
    rates, stopping = search_rates(spec), spec.train.early_stopping
    if isinstance(rates, LrRange):
        decades = math.log10(rates.high) - math.log10(rates.low)
        if not 0.1 <= decades <= 10:
            span = f"search.lr: {show(rates.low)} to {show(rates.high)} is {decades:.2g} decades"
            warnings.append(f"{span}: {'little to tell apart' if decades < 1 else 'most of it will be useless'}")
        if (suggested := spec.search.suggested) is not None and not rates.low <= suggested <= rates.high:
            warnings.append(f"search.suggested: {show(suggested)} lies outside of the rates that are searched")
    elif spec.search.points is not None:
        warnings.append("search.points has no effect: search.lr is a list")
    if spec.run.executor == "inline" and spec.run.jobs not in {"auto", 1}:
        warnings.append("run.jobs has no effect: run.executor is inline, which is one process")
    if spec.train.schedule.name in RISE_FROM_LOW and not _is_zero(spec.train.warmup):
        name = spec.train.schedule.name
        warnings.append(f"train.warmup: {name} starts from a low rate itself; a warm-up in front of it ends in a fall")
    if stopping and stopping.patience >= spec.train.epochs:
        warnings.append(f"train.early_stopping: {stopping.patience} epochs of patience never end a run of this length")
    return warnings


def _is_zero(warmup: Warmup) -> bool:
    return warmup in (0.0, WarmupEpochs(epochs=0.0), WarmupSteps(steps=0))
