"""Rules between the values of a spec, warnings about it, and the sizes that follow from it."""

from __future__ import annotations

from lrsearch.spec.rules.consistency import check_all, model_problem, schedule_violations, warmup_problem
from lrsearch.spec.rules.sizes import image_shape, optimizer_steps, steps_per_epoch, training_size, validation_size
from lrsearch.spec.rules.warnings import spec_warnings

__all__ = [
    "check_all",
    "image_shape",
    "model_problem",
    "optimizer_steps",
    "schedule_violations",
    "spec_warnings",
    "steps_per_epoch",
    "training_size",
    "validation_size",
    "warmup_problem",
]
