"""Finds the trainer module by name, and builds one trainer for all arms of a search."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from importlib import import_module
from types import ModuleType
from typing import Any

from lrsearch.errors import UsageError
from lrsearch.interfaces import NOTHING_GIVEN, Checkpoints, Context, Given, Trainer
from lrsearch.plans import Plan, Worker
from lrsearch.plugins import is_loaded, load_plugins
from lrsearch.records import Point, Result, Stack, Task
from lrsearch.spec import Spec
from lrsearch.wording import one_line, one_of


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainerEntry:
    """A trainer.

    Attributes:
        module: Import name of the trainer's module. `load_trainer` lists the functions of such a module.
        uses_torch: Whether the trainer changes the global state of torch. After a search in a notebook, this state is
            restored.
    """

    module: str
    uses_torch: bool = False


TRAINERS = {
    "torch": TrainerEntry(module="lrsearch.training.torch_trainer", uses_torch=True),
    "analytic": TrainerEntry(module="lrsearch.training.analytic"),
    "command": TrainerEntry(module="lrsearch.command.setup"),
}
"""The trainers by name. The first one trains networks, the last one runs a program that was given.

Tests choose a trainer with the variable LRSEARCH_TRAINER.
"""


def chosen_trainer(given: Given = NOTHING_GIVEN) -> TrainerEntry:
    """Return the trainer of this process.

    Args:
        given: The user's own parts. A program in `given` trains.

    Raises:
        UsageError: LRSEARCH_TRAINER names no trainer.
    """
    if given.program is not None:
        return TRAINERS["command"]
    name = os.environ.get("LRSEARCH_TRAINER") or next(iter(TRAINERS))
    if name not in TRAINERS:
        raise UsageError(f"LRSEARCH_TRAINER: unknown trainer '{one_line(name)}'; choose {one_of(list(TRAINERS))}")
    return TRAINERS[name]


def trainer_name(given: Given = NOTHING_GIVEN) -> str:
    """Return the import name of the trainer module."""
    return chosen_trainer(given).module


def load_trainer(given: Given = NOTHING_GIVEN) -> ModuleType:
    """Import the trainer module. This may load torch.

    The module has `prepare`, `make_trainer` and, for a plan without training, `check_device(spec)`. If the trainer can
    train single steps, the module also has `make_step_trainer`, for range tests. See `ARCHITECTURE.md`.
    """
    return import_module(trainer_name(given))


def step_trainer() -> Callable[..., Trainer] | None:
    """Return the trainer module's `make_step_trainer`; None if the trainer cannot train single steps."""
    return getattr(load_trainer(), "make_step_trainer", None)


def worker_of(plan: Plan, task: Task) -> Worker:
    """Describe a worker for `make_trainer`.

    Args:
        plan: The plan by which the worker trains.
        task: What is trained. A worker whose data do not fit this task refuses to train.
    """
    return Worker(
        device=plan.device.value,
        threads=plan.threads.value,
        stack_size=plan.stack.value,
        fingerprint=task.fingerprint,
        n_loaders=0 if plan.loaders is None else plan.loaders.value,
    )


def make_trainers(
    make_trainer: Callable[..., Trainer],
    arms: Mapping[str, tuple[Spec, Worker]],
    checkpoints: Checkpoints | None,
    given: Given,
    index: int,
) -> Trainer:
    """Build one trainer for the stacks of all arms.

    The trainer of the first arm is built at once. The trainer of another arm is built when its first stack arrives.

    Args:
        make_trainer: The function `make_trainer` of the trainer module.
        arms: Spec and worker of each arm, by its name.
        checkpoints: Where trials save their state between epochs.
        given: The user's own model, data or program, if any.
        index: Number of the worker, from 0.
    """
    if given.plugins and (places := [each.place for each in given.plugins if not is_loaded(each)]):
        load_plugins(places)  # this is a worker process
    shared: dict[Any, Any] = {}
    trainers: dict[str, Trainer] = {}

    def trainer_of(arm: str) -> Trainer:
        if arm not in trainers:
            spec, worker = arms[arm]
            worker = replace(worker, index=index)
            trainers[arm] = make_trainer(spec, worker, checkpoints=checkpoints, given=given, shared=shared)
        return trainers[arm]

    # Build the first one at once: if the data cannot be opened, the whole search must end, not only a trial.
    trainer_of(next(iter(arms)))

    def train(stack: Stack, context: Context) -> Iterator[Point | Result]:
        yield from trainer_of(stack[0].arm)(stack, context)

    return train
