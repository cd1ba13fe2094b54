"""Tables of all names that a user can give: optimizers, schedules, models, data sets, metrics, strategies, executors.

The tables do not import torch, so checking a spec and `lrsearch list` are fast. Tests compare the tables with torch.
"""

from __future__ import annotations

from lrsearch.catalog.datasets import DATASETS
from lrsearch.catalog.entries import (
    DatasetEntry,
    Entry,
    LossEntry,
    MethodEntry,
    ModelEntry,
    OptimizerEntry,
    Option,
    ScheduleEntry,
    TaskKind,
)
from lrsearch.catalog.executors import EXECUTORS, INLINE, RAY, WORKERS, ExecutorEntry
from lrsearch.catalog.losses import LOSSES
from lrsearch.catalog.metric import Metric
from lrsearch.catalog.metric_names import MARKS, is_minimized, normal_name, words_of
from lrsearch.catalog.metrics import (
    DEFAULT_METRICS,
    METRICS,
    VAL_ACCURACY,
    computed,
    computed_metrics,
    find_metric,
)
from lrsearch.catalog.models import MODELS, default_model, smallest_image
from lrsearch.catalog.optimizers import OPTIMIZERS, usual_range
from lrsearch.catalog.registry import (
    KINDS,
    Kinded,
    add_entry,
    described_entries,
    entries_of_plugins,
    remove_entries,
)
from lrsearch.catalog.schedules import SCHEDULES
from lrsearch.catalog.strategies import STRATEGIES, StrategyEntry, readers, unread

__all__ = [
    "DATASETS",
    "DEFAULT_METRICS",
    "EXECUTORS",
    "INLINE",
    "KINDS",
    "LOSSES",
    "MARKS",
    "METRICS",
    "MODELS",
    "OPTIMIZERS",
    "RAY",
    "SCHEDULES",
    "STRATEGIES",
    "VAL_ACCURACY",
    "WORKERS",
    "DatasetEntry",
    "Entry",
    "ExecutorEntry",
    "Kinded",
    "LossEntry",
    "MethodEntry",
    "Metric",
    "ModelEntry",
    "OptimizerEntry",
    "Option",
    "ScheduleEntry",
    "StrategyEntry",
    "TaskKind",
    "add_entry",
    "computed",
    "computed_metrics",
    "default_model",
    "described_entries",
    "entries_of_plugins",
    "find_metric",
    "is_minimized",
    "normal_name",
    "readers",
    "remove_entries",
    "smallest_image",
    "unread",
    "usual_range",
    "words_of",
]
