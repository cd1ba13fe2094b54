"""Checks rules between the values of a spec, warns of likely mistakes, and computes sizes from a spec."""

from __future__ import annotations

from lrsearch.spec.rules.consistency import check_all
from lrsearch.spec.rules.data_rules import batch_of_one_problem, model_problem
from lrsearch.spec.rules.search_rules import trains_in_this_process
from lrsearch.spec.rules.sizes import (
    has_batch_norm,
    image_shape,
    n_batched,
    optimizer_steps,
    reduced_training_size,
    steps_per_epoch,
    training_size,
    validation_size,
)
from lrsearch.spec.rules.training_rules import accumulate_problem, schedule_violations, warmup_problem
from lrsearch.spec.rules.warnings import rises_first, spec_warnings

__all__ = [
    "accumulate_problem",
    "batch_of_one_problem",
    "check_all",
    "has_batch_norm",
    "image_shape",
    "model_problem",
    "n_batched",
    "optimizer_steps",
    "reduced_training_size",
    "rises_first",
    "schedule_violations",
    "spec_warnings",
    "steps_per_epoch",
    "training_size",
    "trains_in_this_process",
    "validation_size",
    "warmup_problem",
]
