"""Where batches of trials run. Knows nothing of networks: a trainer is a name to import, or a function."""

from __future__ import annotations

from lrsearch.execution.inline import InlineExecutor
from lrsearch.execution.processes import ProcessExecutor
from lrsearch.execution.starting import preload
from lrsearch.execution.stopping import StopSwitch

__all__ = ["InlineExecutor", "ProcessExecutor", "StopSwitch", "preload"]
