"""The records that the packages exchange: trials, epochs, results and the task. All are frozen and picklable."""

from __future__ import annotations

from lrsearch.records.events import Doing, Event, Lost, Stack, Started
from lrsearch.records.point import CLASS_METRICS, EPOCH_METRICS, NUMBER_METRICS, STEP_METRICS, Point
from lrsearch.records.result import FINAL_STATES, Result, State
from lrsearch.records.task import Baseline, NetworkFacts, Task
from lrsearch.records.trial import RAMP, Configuration, Trial, TrialKey, overrides_text

__all__ = [
    "CLASS_METRICS",
    "EPOCH_METRICS",
    "FINAL_STATES",
    "NUMBER_METRICS",
    "RAMP",
    "STEP_METRICS",
    "Baseline",
    "Configuration",
    "Doing",
    "Event",
    "Lost",
    "NetworkFacts",
    "Point",
    "Result",
    "Stack",
    "Started",
    "State",
    "Task",
    "Trial",
    "TrialKey",
    "overrides_text",
]
