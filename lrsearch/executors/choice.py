"""Builds the executor that the plan names. If the search will probably use workers, prepares their start."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from lrsearch.catalog import EXECUTORS, MODELS, ExecutorEntry
from lrsearch.executors.fork_server import preload
from lrsearch.interfaces import Context, Executor, Given, MakeTrainer, Setup
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
    wanted = [
        MODELS[spec.model.name].convolutional and not trains_in_this_process(spec) and cluster_of(spec) is None
        for spec in specs
    ]
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
    executor: Executor = module.make(make, context, plan, timeout_seconds=timeout_seconds)
    return executor


def prepare_arms(
    function: Callable[..., Setup],
    specs: Mapping[str, Spec],
    n_at_once: Mapping[str, int],
    given: Given,
    progress: Any = None,  # noqa: ANN401  (a callback of the data room)
    note: Callable[[str], None] = lambda _: None,
) -> dict[str, Setup]:
    """Prepare the arms of a search where they will train: on this machine, or on a node of a cluster.

    Args:
        function: The function `prepare` of the trainer module.
        specs: The spec of each arm, by its name.
        n_at_once: Trials that each arm proposes before it needs results.
        given: The user's own model, data or program, if any. A model or data of Python train on this machine.
        progress: Called as the bytes of a download to this machine arrive; see `lrsearch.data.Progress`.
        note: Called with a line about what is sent to a cluster.

    Raises:
        LrSearchError: See the trainer's `prepare`; or the cluster cannot be used.
    """
    if (entry := cluster_of(next(iter(specs.values())))) is not None and not given.names:
        setups: dict[str, Setup] = import_module(entry.module).prepare(function, specs, n_at_once, given, note)
        return setups
    shared: dict[Any, Any] = {}
    return {
        arm: function(spec, n_at_once[arm], given=given, progress=progress, shared=shared)
        for arm, spec in specs.items()
    }


def cluster_of(spec: Spec) -> ExecutorEntry | None:
    """Return the executor of a spec if it trains on a cluster; None if trainings stay on this machine."""
    entry = EXECUTORS.get(spec.run.executor)
    return entry if entry is not None and entry.is_cluster else None
