"""Tables of all names that a spec can use: optimizers, schedules, models and data sets, with their options.

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
from lrsearch.catalog.models import MODELS, smallest_image
from lrsearch.catalog.optimizers import OPTIMIZERS, usual_range
from lrsearch.catalog.schedules import SCHEDULES

__all__ = [
    "DATASETS",
    "MODELS",
    "OPTIMIZERS",
    "SCHEDULES",
    "DatasetEntry",
    "Entry",
    "MethodEntry",
    "ModelEntry",
    "OptimizerEntry",
    "Option",
    "ScheduleEntry",
    "smallest_image",
    "usual_range",
]
