"""lrsearch finds the learning rate at which a network trains best, and shows the evidence.

>>> import lrsearch
>>> spec = lrsearch.load_spec()  # the built-in spec: the digits data and a small MLP
>>> run = lrsearch.run_search(spec, strategy="grid")  # doctest: +SKIP
>>> run.best.lr  # doctest: +SKIP
0.1
"""

from __future__ import annotations

import random
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lrsearch.analysis.evidence import (
        ArmComparison,
        AutoFinding,
        Curve,
        Evidence,
        Noise,
        RateEvidence,
        Recommendation,
        Remark,
        ScannedRate,
    )
    from lrsearch.analysis.range import Finding, Ramp, Reading, Suggestion, Unclear
    from lrsearch.analysis.ranking import Ranking, Row, Saved, Scale
    from lrsearch.catalog import Metric, TaskKind
    from lrsearch.command import Objective, Program
    from lrsearch.errors import (
        DataError,
        DeviceError,
        DownloadError,
        LogDamaged,
        LrSearchError,
        Problem,
        RangeUnclear,
        RunExists,
        RunInUse,
        RunNotFound,
        SpecError,
        StorageError,
        TooManyFaults,
        UsageError,
    )
    from lrsearch.executors import StopSwitch
    from lrsearch.final import FinalTest
    from lrsearch.interfaces import Context, Limits, Listener
    from lrsearch.metrics_file import report
    from lrsearch.plugins import (
        Plugin,
        PluginError,
        dataset,
        load_plugins,
        loss,
        metric,
        model,
        optimizer,
        parameter_groups,
        schedule,
    )
    from lrsearch.range_test import Interrupted, RangeOptions, RangeTest, run_range
    from lrsearch.records import Doing, Event, Lost, Point, Result, Started, Trial, TrialKey
    from lrsearch.runs import Run, load_run, resume_run, run_search, run_training
    from lrsearch.spec import ProgramKeys, Spec, load_spec
    from lrsearch.store import Manifest, RunFolder

__version__ = "0.1.0"
__all__ = [
    "ArmComparison",
    "AutoFinding",
    "Context",
    "Curve",
    "DataError",
    "DeviceError",
    "Doing",
    "DownloadError",
    "Event",
    "Evidence",
    "FinalTest",
    "Finding",
    "Interrupted",
    "Limits",
    "Listener",
    "LogDamaged",
    "Lost",
    "LrSearchError",
    "Manifest",
    "Metric",
    "Noise",
    "Objective",
    "Plugin",
    "PluginError",
    "Point",
    "Problem",
    "Program",
    "ProgramKeys",
    "Ramp",
    "RangeOptions",
    "RangeTest",
    "RangeUnclear",
    "Ranking",
    "RateEvidence",
    "Reading",
    "Recommendation",
    "Remark",
    "Result",
    "Row",
    "Run",
    "RunExists",
    "RunFolder",
    "RunInUse",
    "RunNotFound",
    "Saved",
    "Scale",
    "ScannedRate",
    "Spec",
    "SpecError",
    "Started",
    "StopSwitch",
    "StorageError",
    "Suggestion",
    "TaskKind",
    "TooManyFaults",
    "Trial",
    "TrialKey",
    "Unclear",
    "UsageError",
    "__version__",
    "dataset",
    "load_plugins",
    "load_run",
    "load_spec",
    "loss",
    "metric",
    "model",
    "optimizer",
    "parameter_groups",
    "report",
    "resume_run",
    "run_range",
    "run_search",
    "run_training",
    "schedule",
]

_ROOMS = {
    "lrsearch.analysis.evidence": (
        *(
            "ArmComparison",
            "AutoFinding",
            "Curve",
            "Evidence",
            "Noise",
            "RateEvidence",
            "Recommendation",
            "Remark",
            "ScannedRate",
        ),
    ),
    "lrsearch.analysis.range": ("Finding", "Ramp", "Reading", "Suggestion", "Unclear"),
    "lrsearch.analysis.ranking": ("Ranking", "Row", "Saved", "Scale"),
    "lrsearch.catalog": ("Metric", "TaskKind"),
    "lrsearch.command": ("Objective", "Program"),
    "lrsearch.errors": (
        *("LrSearchError", "DownloadError", "TooManyFaults", "RangeUnclear", "UsageError", "SpecError", "Problem"),
        *("DataError", "DeviceError", "RunNotFound", "RunExists", "RunInUse", "StorageError", "LogDamaged"),
    ),
    "lrsearch.executors": ("StopSwitch",),
    "lrsearch.final": ("FinalTest",),
    "lrsearch.interfaces": ("Context", "Limits", "Listener"),
    "lrsearch.metrics_file": ("report",),
    "lrsearch.plugins": (
        *("Plugin", "PluginError", "dataset", "load_plugins", "loss", "metric", "model", "optimizer"),
        *("parameter_groups", "schedule"),
    ),
    "lrsearch.range_test": ("Interrupted", "RangeOptions", "RangeTest", "run_range"),
    "lrsearch.records": ("Doing", "Event", "Lost", "Point", "Result", "Started", "Trial", "TrialKey"),
    "lrsearch.runs": ("Run", "load_run", "resume_run", "run_search", "run_training"),
    "lrsearch.spec": ("ProgramKeys", "Spec", "load_spec"),
    "lrsearch.store": ("Manifest", "RunFolder"),
}
_ROOM_OF = {name: room for room, names in _ROOMS.items() for name in names}


def __getattr__(name: str) -> object:
    """Import a public name when it is first used, so that `lrsearch --help` starts without loading these modules."""
    if name not in _ROOM_OF:
        raise AttributeError(f"module 'lrsearch' has no attribute {name!r}")
    state = random.getstate()  # rich draws from it when it is imported
    try:
        return getattr(import_module(_ROOM_OF[name]), name)
    finally:
        random.setstate(state)


def __dir__() -> list[str]:
    return sorted(__all__)
