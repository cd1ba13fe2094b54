"""Builds the executor that the plan names. If the search will probably use workers, prepares their start."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib import import_module

from lrsearch.catalog import EXECUTORS, MODELS
from lrsearch.executors.fork_server import preload
from lrsearch.interfaces import Context, Executor, Given, MakeTrainer
from lrsearch.plans import Plan
from lrsearch.spec import Spec, trains_in_this_process


@dataclass(frozen=True)
class PolledContext:
    """A training context with a function that tells trainers whether to stop."""

    should_stop: Callable[[], bool]
    memory_share: float = 1.0


def preload_workers(specs: Iterable[Spec], given: Given, trainer: str) -> None:
    """Start the process from which workers are forked, if the search will probably use workers.

    Call this function early, because importing the trainer takes seconds.

    Args:
        specs: The spec of each arm.
        given: The user's own model, data or program. If there is one, no process is started.
        trainer: Import name of the trainer.
    """
    wanted = [MODELS[spec.model.name].convolutional and not trains_in_this_process(spec) for spec in specs]
    if any(wanted) and not given.names and given.program is None:
        preload([trainer])


def make_executor(plan: Plan, make: MakeTrainer, context: Context, timeout_seconds: float | None = None) -> Executor:
    """Build the executor that the plan names.

    Args:
        plan: The plan, which names the executor and the number of jobs.
        make: Builds the trainer of a worker; picklable.
        context: The context that trainers poll.
        timeout_seconds: The longest time that a worker may take for a stack; None for no limit.
    """
    module = import_module(EXECUTORS[plan.executor.value].module)
    executor: Executor = module.make(make, context, slots=plan.jobs.value, timeout_seconds=timeout_seconds)
    return executor
