"""Runs stacks of trials, in this process or in worker processes. The trainer decides how a trial trains."""

from __future__ import annotations

from lrsearch.executors.choice import PolledContext, cluster_of, make_executor, preload_workers, prepare_arms
from lrsearch.executors.fork_server import leave_if_imported_again, preload
from lrsearch.executors.inline import InlineExecutor
from lrsearch.executors.processes import ProcessExecutor
from lrsearch.executors.stop_switch import StopSwitch

__all__ = [
    "InlineExecutor",
    "PolledContext",
    "ProcessExecutor",
    "StopSwitch",
    "cluster_of",
    "leave_if_imported_again",
    "make_executor",
    "preload",
    "preload_workers",
    "prepare_arms",
]
