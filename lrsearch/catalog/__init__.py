"""Tables of all names that a user can give: optimizers, schedules, models, data sets, metrics, strategies, executors.

The tables do not import torch, so checking a spec and `lrsearch list` are fast. Tests compare the tables with torch.
"""

from __future__ import annotations

from lrsearch.catalog.datasets import DATASETS
from lrsearch.catalog.entries import (
    DatasetEntry,
    Entry,
    MethodEntry,
    ModelEntry,
    OptimizerEntry,
    Option,
    ScheduleEntry,
)
from lrsearch.catalog.executors import EXECUTORS, INLINE, WORKERS, ExecutorEntry
from lrsearch.catalog.metric_names import MARKS, is_minimized, normal_name, words_of
from lrsearch.catalog.metrics import COMPUTED, METRICS, VAL_ACCURACY, Metric, computed_metrics, find_metric
from lrsearch.catalog.models import MODELS, smallest_image
from lrsearch.catalog.optimizers import OPTIMIZERS, usual_range
from lrsearch.catalog.schedules import SCHEDULES
from lrsearch.catalog.strategies import STRATEGIES, StrategyEntry, readers, unread

__all__ = [
    "COMPUTED",
    "DATASETS",
    "EXECUTORS",
    "INLINE",
    "MARKS",
    "METRICS",
    "MODELS",
    "OPTIMIZERS",
    "SCHEDULES",
    "STRATEGIES",
    "VAL_ACCURACY",
    "WORKERS",
    "DatasetEntry",
    "Entry",
    "ExecutorEntry",
    "MethodEntry",
    "Metric",
    "ModelEntry",
    "OptimizerEntry",
    "Option",
    "ScheduleEntry",
    "StrategyEntry",
    "computed_metrics",
    "find_metric",
    "is_minimized",
    "normal_name",
    "readers",
    "smallest_image",
    "unread",
    "usual_range",
    "words_of",
]
