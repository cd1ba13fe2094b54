"""Tables of all names that a user can give: optimizers, schedules, models, data sets, strategies and executors.

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
from lrsearch.catalog.models import MODELS, smallest_image
from lrsearch.catalog.optimizers import OPTIMIZERS, usual_range
from lrsearch.catalog.schedules import SCHEDULES
from lrsearch.catalog.strategies import STRATEGIES, StrategyEntry, readers, unread

__all__ = [
    "DATASETS",
    "EXECUTORS",
    "INLINE",
    "MODELS",
    "OPTIMIZERS",
    "SCHEDULES",
    "STRATEGIES",
    "WORKERS",
    "DatasetEntry",
    "Entry",
    "ExecutorEntry",
    "MethodEntry",
    "ModelEntry",
    "OptimizerEntry",
    "Option",
    "ScheduleEntry",
    "StrategyEntry",
    "readers",
    "smallest_image",
    "unread",
    "usual_range",
]
