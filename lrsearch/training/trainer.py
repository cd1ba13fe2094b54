"""The torch trainer: what an executor imports by name. Opens the data once, then trains batch after batch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import torch

from lrsearch.records import Batch, Point, Result, Worker
from lrsearch.seams import Context, Trainer
from lrsearch.spec import Spec
from lrsearch.training.bench import Bench, open_bench
from lrsearch.training.population import train_population
from lrsearch.training.reference import train_single
from lrsearch.training.setup import ModelMaker, prepare

__all__ = ["make_trainer", "prepare"]

_NO_MEMORY = ("not enough memory", "can't allocate memory")


def make_trainer(
    spec: Spec, worker: Worker, *, model: ModelMaker | None = None, arrays: Mapping[str, Any] | None = None
) -> Trainer:
    """Open the data on the worker's device and answer the function that trains.

    Args:
        spec: A spec that `prepare` has resolved.
        worker: Device and threads; the number of threads is set for the whole process.
        model: A network of one's own in place of `spec.model`.
        arrays: Data of one's own in place of `spec.data`.
    """
    if worker.device.startswith("cuda"):
        index = (int(worker.device.partition(":")[2] or 0) + worker.index) % torch.cuda.device_count()
        worker = replace(worker, device=f"cuda:{index}")
        torch.cuda.set_device(index)
    bench = open_bench(spec, worker, model=model, arrays=arrays)

    def train(batch: Batch, context: Context) -> Iterator[Point | Result]:
        random_state = torch.get_rng_state()  # the caller's, where a notebook trains in its own process
        try:
            if spec.run.engine == "population":
                yield from _train_stack(bench, batch, max(2, worker.stack), context)
                return
            for trial in batch:
                try:
                    yield from train_single(bench, trial, context)
                except RuntimeError as error:
                    if not is_out_of_memory(error):
                        raise
                    yield Result(trial=trial, state="oom", message=_describe(bench, error))
        finally:
            torch.set_rng_state(random_state)

    return train


def _train_stack(bench: Bench, batch: Batch, size: int, context: Context) -> Iterator[Point | Result]:
    """Train a batch as one stack; without the memory for it, as two of half the size, from their beginning."""
    ended: set[int] = set()
    try:
        for event in train_population(bench, batch, size, context):
            if isinstance(event, Result):
                ended.add(event.trial.number)
            yield event
    except RuntimeError as error:
        if not is_out_of_memory(error):
            raise
        left = tuple(trial for trial in batch if trial.number not in ended)
        if size <= 2:
            yield from (Result(trial=trial, state="oom", message=_describe(bench, error)) for trial in left)
            return
        half = -(-size // 2)
        for part in (left[:half], left[half:]):
            if part:
                yield from _train_stack(bench, part, half, context)


def is_out_of_memory(error: RuntimeError) -> bool:
    """Whether torch found no memory: on a GPU a class of its own, on a CPU only words."""
    return isinstance(error, torch.OutOfMemoryError) or any(words in str(error) for words in _NO_MEMORY)


def _describe(bench: Bench, error: RuntimeError) -> str:
    return f"out of memory at batch_size {bench.spec.data.batch_size}: {str(error).splitlines()[0]}"
