"""The trainers by name, and one trainer for all arms of a search."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from importlib import import_module
from types import ModuleType
from typing import Any

from lrsearch.interfaces import Checkpoints, Context, Given, Trainer
from lrsearch.plans import Plan, Worker
from lrsearch.records import DataFacts, Point, Result, Stack
from lrsearch.spec import Spec

TRAINERS = {"torch": "lrsearch.training.torch_trainer", "analytic": "lrsearch.training.analytic"}


def trainer_name() -> str:
    """Import name of the trainer: torch, or the one that LRSEARCH_TRAINER names ("analytic" needs no torch)."""
    return TRAINERS[os.environ.get("LRSEARCH_TRAINER", "torch")]


def load_trainer() -> ModuleType:
    """Import the trainer module, with `prepare`, `make_trainer` and `make_step_trainer`; the first time loads torch."""
    return import_module(trainer_name())


def worker_of(plan: Plan, facts: DataFacts) -> Worker:
    """The description of a worker, for `make_trainer`.

    Args:
        plan: How it trains.
        facts: Of the data; a worker that finds other data refuses to train.
    """
    return Worker(
        device=plan.device.value,
        threads=plan.threads.value,
        stack_size=plan.stack.value,
        fingerprint=facts.fingerprint,
    )


def make_trainers(
    make_trainer: Callable[..., Trainer],
    arms: Mapping[str, tuple[Spec, Worker]],
    checkpoints: Checkpoints | None,
    given: Given,
    index: int,
) -> Trainer:
    """Build one trainer for the stacks of all arms; the trainer of an arm is made when its first stack comes.

    Args:
        make_trainer: The trainer module's.
        arms: Spec and worker of each arm, by its name.
        checkpoints: Where trials save their state between epochs.
        given: The model and the data given from Python.
        index: Which worker, from 0.
    """
    shared: dict[Any, Any] = {}
    trainers: dict[str, Trainer] = {}

    def trainer_of(arm: str) -> Trainer:
        if arm not in trainers:
            spec, worker = arms[arm]
            worker = replace(worker, index=index)
            trainers[arm] = make_trainer(spec, worker, checkpoints=checkpoints, given=given, shared=shared)
        return trainers[arm]

    # Build the first at once: data that cannot be opened must end the search, not a trial.
    trainer_of(next(iter(arms)))

    def train(stack: Stack, context: Context) -> Iterator[Point | Result]:
        yield from trainer_of(stack[0].arm)(stack, context)

    return train
