"""What a spec cannot ask for: rules between its values, held to the catalog; and what is allowed but odd."""

from __future__ import annotations

from lrsearch.spec.rules.consistency import (
    check_all,
    image_shape,
    model_problem,
    optimizer_steps,
    schedule_faults,
    steps_per_epoch,
    training_size,
    validation_size,
    warmup_problem,
)
from lrsearch.spec.rules.warnings import spec_warnings

__all__ = [
    "check_all",
    "image_shape",
    "model_problem",
    "optimizer_steps",
    "schedule_faults",
    "spec_warnings",
    "steps_per_epoch",
    "training_size",
    "validation_size",
    "warmup_problem",
]
