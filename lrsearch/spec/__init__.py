"""The spec: what a person asks for, read from YAML, checked against the catalog, frozen."""

from __future__ import annotations

from lrsearch.spec.checks import (
    image_shape,
    model_problem,
    optimizer_steps,
    schedule_faults,
    steps_per_epoch,
    training_size,
    validation_size,
    warmup_problem,
)
from lrsearch.spec.choices import Choice, make_choice
from lrsearch.spec.files import is_empty_spec, load_spec
from lrsearch.spec.forms import AUTO, Arms, EarlyStopping, LrRange, WarmupEpochs, WarmupSteps
from lrsearch.spec.models import DataSpec, RunSpec, SearchSpec, Spec, TrainSpec, search_rates
from lrsearch.spec.oddities import spec_warnings
from lrsearch.spec.overrides import arm_specs, change_arms, change_spec, differences
from lrsearch.spec.parsing import make_spec
from lrsearch.spec.writing import spec_schema, spec_template, spec_values, spec_yaml

__all__ = [
    "AUTO",
    "Arms",
    "Choice",
    "DataSpec",
    "EarlyStopping",
    "LrRange",
    "RunSpec",
    "SearchSpec",
    "Spec",
    "TrainSpec",
    "WarmupEpochs",
    "WarmupSteps",
    "arm_specs",
    "change_arms",
    "change_spec",
    "differences",
    "image_shape",
    "is_empty_spec",
    "load_spec",
    "make_choice",
    "make_spec",
    "model_problem",
    "optimizer_steps",
    "schedule_faults",
    "search_rates",
    "spec_schema",
    "spec_template",
    "spec_values",
    "spec_warnings",
    "spec_yaml",
    "steps_per_epoch",
    "training_size",
    "validation_size",
    "warmup_problem",
]
