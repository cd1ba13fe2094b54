"""What can be named in a spec, as plain data: optimizers, schedules, models, data sets, with their options.

No torch here: a spec is checked, and `lrsearch list` answers, without it. Tests hold these tables to what torch really
offers.
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
