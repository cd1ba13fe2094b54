"""The torch trainer, which an executor imports by name: opens the data once, then trains one stack after another."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, MutableMapping
from typing import Any

import torch

from lrsearch.interfaces import NOTHING_GIVEN, Checkpoints, Context, Given, Trainer
from lrsearch.plans import Worker
from lrsearch.records import Point, Result, Stack, Trial
from lrsearch.spec import Spec
from lrsearch.training.checkpoint_state import load_checkpoint
from lrsearch.training.graphed import train_graphed
from lrsearch.training.machine import choose_device
from lrsearch.training.range_steps import make_step_trainer
from lrsearch.training.setup import prepare
from lrsearch.training.single import train_single
from lrsearch.training.stacked import train_stacked
from lrsearch.training.workload import Workload, open_workload

__all__ = ["check_device", "make_step_trainer", "make_trainer", "prepare"]

_TOGETHER: dict[str, Callable[..., Iterator[Point | Result]]] = {"population": train_stacked, "graph": train_graphed}
"""The engines that train several trials together."""

_NO_MEMORY = ("not enough memory", "can't allocate memory", "unable to find an engine")
"""Parts of error messages: if a CPU has no memory left, and if no convolution algorithm of cuDNN has enough."""


def check_device(spec: Spec) -> None:
    """Raise an error if this machine does not have the device of a spec.

    Raises:
        DeviceError: The device is missing.
    """
    choose_device(spec.run.device)


def make_trainer(
    spec: Spec,
    worker: Worker,
    *,
    checkpoints: Checkpoints | None = None,
    given: Given = NOTHING_GIVEN,
    shared: MutableMapping[Any, Any] | None = None,
) -> Trainer:
    """Open the data on the worker's device, and return the function that trains.

    Args:
        spec: A spec that `prepare` has resolved.
        worker: Device and threads; the number of threads is set for the whole process.
        checkpoints: Keeps the states of unfinished trials; None to keep none.
        given: The user's own model and data, if any.
        shared: Shared by the trainers of one process; see `open_workload`.
    """
    workload = open_workload(spec, worker, given=given, shared=shared)

    def train(stack: Stack, context: Context) -> Iterator[Point | Result]:
        if worker.device == "cpu" and torch.get_num_threads() != worker.threads:  # another arm has set its own number
            torch.set_num_threads(worker.threads)
        random_state = torch.get_rng_state()  # the caller's state, if a notebook trains in its own process
        try:
            if spec.run.engine in _TOGETHER:
                least = 2 if spec.run.engine == "population" else 1
                size = max(least, math.ceil(worker.stack_size * context.memory_share))
                for part in _by_epoch(stack, checkpoints):
                    yield from _train_stacks(workload, part, size, context, checkpoints)
            else:
                for trial in stack:
                    yield from _train_one(workload, trial, context, checkpoints)
        finally:
            torch.set_rng_state(random_state)

    return train


def _by_epoch(stack: Stack, checkpoints: Checkpoints | None) -> list[Stack]:
    """Split a stack by the epoch of the trials' checkpoints. The part with the latest epoch comes first."""
    parts: dict[int, list[Trial]] = {}
    for trial in stack:
        state = load_checkpoint(checkpoints, trial)
        parts.setdefault(state.epoch if state else 0, []).append(trial)
    return [tuple(trials) for _, trials in sorted(parts.items(), reverse=True)]


def _train_one(
    workload: Workload, trial: Trial, context: Context, checkpoints: Checkpoints | None
) -> Iterator[Point | Result]:
    """Train one trial. The result is `oom` if the memory is too small."""
    try:
        yield from train_single(workload, trial, context, checkpoints)
    except RuntimeError as error:
        if not is_out_of_memory(error):
            raise
        yield Result(trial=trial, state="oom", message=_describe(workload, error))


def _train_stacks(
    workload: Workload, trials: Stack, size: int, context: Context, checkpoints: Checkpoints | None
) -> Iterator[Point | Result]:
    """Train trials in stacks of `size`. If the memory is too small for a stack, train two stacks of half the size."""
    train_together = _TOGETHER[workload.spec.run.engine]
    for start in range(0, len(trials), size):
        part = trials[start : start + size]
        unfinished = {trial.number: trial for trial in part}
        try:
            for event in train_together(workload, part, size, context, checkpoints):
                if isinstance(event, Result):
                    del unfinished[event.trial.number]
                yield event
        except RuntimeError as error:
            if not is_out_of_memory(error):
                raise
            message = _describe(workload, error)
        else:
            continue
        # Retry outside the handler: inside it, the error's traceback keeps the tensors of the failed stack alive.
        left = tuple(unfinished.values())
        if size <= (2 if train_together is train_stacked else 1):
            yield from (Result(trial=trial, state="oom", message=message) for trial in left)
        else:
            for alike in _by_epoch(left, checkpoints):
                yield from _train_stacks(workload, alike, math.ceil(size / 2), context, checkpoints)


def is_out_of_memory(error: RuntimeError) -> bool:
    """Whether torch ran out of memory. On a GPU, most of these errors have their own class; the text shows the rest."""
    return isinstance(error, torch.OutOfMemoryError) or any(words in str(error) for words in _NO_MEMORY)


def _describe(workload: Workload, error: RuntimeError) -> str:
    return f"out of memory at batch_size {workload.spec.data.batch_size}: {str(error).splitlines()[0]}"
