"""The spec: the user's settings for a search, read from YAML, checked against the catalog, and frozen."""

from __future__ import annotations

from lrsearch.spec.arms.dropped import over_warnings
from lrsearch.spec.document_changes import parse_set
from lrsearch.spec.files import is_empty_spec, load_spec
from lrsearch.spec.key_names import describe_keys, suggest_key
from lrsearch.spec.key_roles import changes_scores, may_change_on_resume
from lrsearch.spec.parsing import make_spec
from lrsearch.spec.program_keys import ProgramKeys, unfit_keys, written_values, written_yaml
from lrsearch.spec.rules import (
    batch_of_one_problem,
    has_batch_norm,
    image_shape,
    model_problem,
    n_batched,
    optimizer_steps,
    schedule_violations,
    spec_warnings,
    steps_per_epoch,
    training_size,
    trains_in_this_process,
    validation_size,
    warmup_problem,
)
from lrsearch.spec.sections import (
    AUTO,
    BUILT_IN_PLACEHOLDERS,
    Arms,
    Choice,
    DataSpec,
    EarlyStopping,
    LrRange,
    Placeholders,
    RunSpec,
    SearchSpec,
    Spec,
    TrainSpec,
    WarmupEpochs,
    WarmupSteps,
    dotted,
    interval,
    make_choice,
    search_metric,
    search_rates,
)
from lrsearch.spec.sections.forms import HIGHEST_RATE, LOWEST_RATE
from lrsearch.spec.spec_changes import arm_specs, change_arms, change_spec, differences, flatten
from lrsearch.spec.writing import spec_schema, spec_template, spec_values, spec_yaml

__all__ = [
    "AUTO",
    "BUILT_IN_PLACEHOLDERS",
    "HIGHEST_RATE",
    "LOWEST_RATE",
    "Arms",
    "Choice",
    "DataSpec",
    "EarlyStopping",
    "LrRange",
    "Placeholders",
    "ProgramKeys",
    "RunSpec",
    "SearchSpec",
    "Spec",
    "TrainSpec",
    "WarmupEpochs",
    "WarmupSteps",
    "arm_specs",
    "batch_of_one_problem",
    "change_arms",
    "change_spec",
    "changes_scores",
    "describe_keys",
    "differences",
    "dotted",
    "flatten",
    "has_batch_norm",
    "image_shape",
    "interval",
    "is_empty_spec",
    "load_spec",
    "make_choice",
    "make_spec",
    "may_change_on_resume",
    "model_problem",
    "n_batched",
    "optimizer_steps",
    "over_warnings",
    "parse_set",
    "schedule_violations",
    "search_metric",
    "search_rates",
    "spec_schema",
    "spec_template",
    "spec_values",
    "spec_warnings",
    "spec_yaml",
    "steps_per_epoch",
    "suggest_key",
    "training_size",
    "trains_in_this_process",
    "unfit_keys",
    "validation_size",
    "warmup_problem",
    "written_values",
    "written_yaml",
]
