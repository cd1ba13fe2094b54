"""Where the trials of a search run: the executor that was decided on, and a trainer in each of its workers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from lrsearch.catalog import MODELS
from lrsearch.execution import InlineExecutor, ProcessExecutor, preload
from lrsearch.records import Batch, Decision, Point, Result, Worker
from lrsearch.seams import Checkpoints, Context, Executor, MakeTrainer, Trainer
from lrsearch.spec import Spec
from lrsearch.training import trainer_module


@dataclass(frozen=True)
class Asked:
    """A context that asks a function whether to stop."""

    should_stop: Callable[[], bool]
    deaths: int = 0


def preload_workers(specs: Iterable[Spec], own: Mapping[str, Any]) -> None:
    """Where workers are likely, let their imports run beside our own.

    Args:
        specs: Of the arms.
        own: The model and the arrays that were given from Python, if any; with them nothing leaves this process.
    """
    wanted = [MODELS[spec.model.name].convolutional and spec.run.executor != "inline" for spec in specs]
    if any(wanted) and not own:
        preload([trainer_module()])


def make_executor(
    decisions: Mapping[str, Decision], make: MakeTrainer, context: Context, timeout_seconds: float | None = None
) -> Executor:
    """The executor that was decided on.

    Args:
        decisions: With executor and jobs.
        make: Builds the trainer of a worker; picklable.
        context: What trainers may ask.
        timeout_seconds: How long a worker may take for a batch; None: no limit.
    """
    if decisions["executor"].value == "processes":
        return ProcessExecutor(make, context, slots=int(decisions["jobs"].value), timeout_seconds=timeout_seconds)
    return InlineExecutor(make, context)


def worker_of(decisions: Mapping[str, Decision]) -> Worker:
    """What each worker is told when it makes a trainer.

    Args:
        decisions: With device, threads and stack.
    """
    device, threads, stack = (decisions[key].value for key in ("device", "threads", "stack"))
    return Worker(device=str(device), threads=int(threads), stack=int(stack))


def make_trainers(
    make_trainer: Callable[..., Trainer],
    arms: Mapping[str, tuple[Spec, Worker]],
    checkpoints: Checkpoints | None,
    own: Mapping[str, Any],
    index: int,
) -> Trainer:
    """A trainer for the batches of all arms: each arm's own is made when its first batch comes.

    Args:
        make_trainer: The trainer module's.
        arms: Of each arm the spec and the worker, by its name.
        checkpoints: Where trials keep how far they are.
        own: The model and the arrays that were given from Python, if any.
        index: Which worker, from 0.
    """
    shared: dict[Any, Any] = {}
    trainers: dict[str, Trainer] = {}

    def trainer_of(arm: str) -> Trainer:
        if arm not in trainers:
            spec, worker = arms[arm]
            worker = replace(worker, index=index)
            trainers[arm] = make_trainer(spec, worker, checkpoints=checkpoints, shared=shared, **own)
        return trainers[arm]

    trainer_of(next(iter(arms)))  # at once, so that data which cannot be opened end the search, and not a trial

    def train(batch: Batch, context: Context) -> Iterator[Point | Result]:
        yield from trainer_of(batch[0].arm)(batch, context)

    return train
