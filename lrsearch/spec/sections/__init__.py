"""The sections and keys of a spec as frozen models, with the default and the allowed values of each key."""

from __future__ import annotations

from lrsearch.spec.sections.arms import Arms, plain
from lrsearch.spec.sections.choices import CHOICES, TABLES, Choice, Section, find_entry, make_choice
from lrsearch.spec.sections.data_keys import DataSpec, SplitFile
from lrsearch.spec.sections.keys import DEFAULTS, NAME_PATTERN, NAME_RULE, Spec
from lrsearch.spec.sections.placeholders import BUILT_IN_PLACEHOLDERS, Placeholders
from lrsearch.spec.sections.rates import AUTO, HIGHEST_RATE, LOWEST_RATE, LrRange
from lrsearch.spec.sections.resolved import search_metric, search_rates, task_kind
from lrsearch.spec.sections.roles import Role
from lrsearch.spec.sections.run_keys import RunSpec
from lrsearch.spec.sections.search_keys import MOST_RATES, SearchSpec
from lrsearch.spec.sections.train_keys import EarlyStopping, TrainSpec
from lrsearch.spec.sections.values import interval, is_key
from lrsearch.spec.sections.warmup import Warmup, WarmupEpochs, WarmupSteps
from lrsearch.spec.sections.wording import KeyPath, dotted, quote, show, suggestion

__all__ = [
    "AUTO",
    "BUILT_IN_PLACEHOLDERS",
    "CHOICES",
    "DEFAULTS",
    "HIGHEST_RATE",
    "LOWEST_RATE",
    "MOST_RATES",
    "NAME_PATTERN",
    "NAME_RULE",
    "TABLES",
    "Arms",
    "Choice",
    "DataSpec",
    "EarlyStopping",
    "KeyPath",
    "LrRange",
    "Placeholders",
    "Role",
    "RunSpec",
    "SearchSpec",
    "Section",
    "Spec",
    "SplitFile",
    "TrainSpec",
    "Warmup",
    "WarmupEpochs",
    "WarmupSteps",
    "dotted",
    "find_entry",
    "interval",
    "is_key",
    "make_choice",
    "plain",
    "quote",
    "search_metric",
    "search_rates",
    "show",
    "suggestion",
    "task_kind",
]
