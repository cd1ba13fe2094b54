"""The executor that the plan names, and the early start of its workers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from lrsearch.catalog import MODELS
from lrsearch.executors.fork_server import preload
from lrsearch.executors.inline import InlineExecutor
from lrsearch.executors.processes import ProcessExecutor
from lrsearch.interfaces import Context, Executor, MakeTrainer
from lrsearch.records import Decision
from lrsearch.spec import Spec


@dataclass(frozen=True)
class PolledContext:
    """A training context that polls a callback."""

    should_stop: Callable[[], bool]
    memory_share: float = 1.0


def preload_workers(specs: Iterable[Spec], own: Mapping[str, Any], trainer: str) -> None:
    """Start the imports of worker processes early, beside our own, where workers are likely.

    Args:
        specs: The spec of each arm.
        own: The model and the arrays given from Python, if any; with them everything trains in this process.
        trainer: Import name of the trainer.
    """
    wanted = [MODELS[spec.model.name].convolutional and spec.run.executor != "inline" for spec in specs]
    if any(wanted) and not own:
        preload([trainer])


def make_executor(
    decisions: Mapping[str, Decision], make: MakeTrainer, context: Context, timeout_seconds: float | None = None
) -> Executor:
    """Build the executor that the plan names.

    Args:
        decisions: With executor and jobs.
        make: Builds the trainer of a worker; picklable.
        context: What trainers may ask.
        timeout_seconds: How long a worker may take for a stack; None: no limit.
    """
    if decisions["executor"].value == "processes":
        return ProcessExecutor(make, context, slots=int(decisions["jobs"].value), timeout_seconds=timeout_seconds)
    return InlineExecutor(make, context)
