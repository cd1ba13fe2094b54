"""The workload of an engine: the data on the device, the function that builds networks, the order of the images."""

from __future__ import annotations

from collections.abc import Callable, Iterator, MutableMapping
from dataclasses import dataclass, replace
from itertools import chain, islice
from typing import Any, TypeAlias

import torch
from torch import Tensor, nn

from lrsearch.catalog import MODELS
from lrsearch.data.loaded import LoadedData
from lrsearch.data.resident import Resident, make_resident
from lrsearch.errors import DataError
from lrsearch.interfaces import NOTHING_GIVEN, Given
from lrsearch.networks import make_model, normalises_batches
from lrsearch.plans import Worker
from lrsearch.seeds import seed_for
from lrsearch.spec import Spec, has_batch_norm, n_batched, steps_per_epoch
from lrsearch.training.class_weights import balanced_weights
from lrsearch.training.criterion import example_losses
from lrsearch.training.machine import keep_freed_memory, may_block
from lrsearch.training.own_network import OwnNetworks
from lrsearch.training.plugged_loss import plugged_loss
from lrsearch.training.plugged_network import network_name, own_maker
from lrsearch.training.setup import data_key, open_data

MiniBatches: TypeAlias = list[tuple[Tensor, Tensor]]
"""The images and classes of one optimizer step: several mini-batches if gradients are accumulated."""

_ARRANGED_AT_ONCE = 8192
"""Number of images that are flipped and shifted at a time. For images of 32x32, the indices take 300 MB."""

_UNTRAINED_IMAGES = 512  # training images that show the loss of an untrained network, to within a few percent


@dataclass(frozen=True)
class Workload:
    """The data, the networks and the order of the batches in one worker. A worker opens the data once.

    Attributes:
        spec: The resolved spec.
        data: The data on the device.
        build: Builds the network of a repeat on the device, with the initial weights of that repeat.
        n_batched: Training images in the mini-batches of one epoch; see `spec.n_batched`.
        n_steps: Optimizer steps in one epoch.
        dtype: Type of weights and images.
        blocked: Whether the network may compute in oneDNN's own memory layout.
        class_weights: Weight of each class in the training loss, (n_classes,); None if all are equal.
        loss: The training loss of a plugin, from outputs and classes to a mean, (); None for the cross-entropy.
    """

    spec: Spec
    data: Resident
    build: Callable[[int], nn.Module]
    n_batched: int
    n_steps: int
    dtype: torch.dtype
    blocked: bool
    class_weights: Tensor | None = None
    loss: Callable[[Tensor, Tensor], Tensor] | None = None

    def untrained_loss(self, repeat: int) -> float:
        """Compute the training loss of a repeat's network before training: the mean over its first mini-batches.

        Args:
            repeat: Number of the repeat, which decides the weights and the images.
        """
        n_seen, total = 0, 0.0
        network, batches = self.build(repeat).train(), self.epoch(repeat, 1)
        with torch.random.fork_rng(devices=[]), torch.no_grad():
            for x, y in chain.from_iterable(map(batches.step, range(self.n_steps))):
                total += float(example_losses(network(x), y).sum())
                n_seen += len(y)
                if n_seen >= _UNTRAINED_IMAGES:
                    break
        return total / n_seen

    @property
    def device(self) -> torch.device:
        """The device of the data and the networks."""
        return self.data.device

    def batches(self, step: int) -> list[tuple[int, int]]:
        """Return where each mini-batch of a step begins and ends in the order of the epoch; the end is excluded.

        Args:
            step: Number of the step in its epoch, from 0.
        """
        size, accumulate = self.spec.data.batch_size, self.spec.train.accumulate
        end = min((step + 1) * accumulate * size, self.n_batched)
        return [(start, min(start + size, end)) for start in range(step * accumulate * size, end, size)]

    def epoch(self, repeat: int, epoch: int) -> EpochBatches:
        """Draw the batches of an epoch, which are the same for every rate of a repeat.

        Args:
            repeat: Number of the repeat, which decides the seed.
            epoch: Number of the epoch, from 1.
        """
        seed, n_train = self.spec.seed, self.data.n_train
        generator = torch.Generator().manual_seed(seed_for(seed, "order", repeat, epoch))
        order = torch.randperm(n_train, generator=generator)
        if isinstance(self.data, LoadedData):
            ends = chain.from_iterable(map(self.batches, range(self.n_steps)))
            loaded = self.data.epoch([order[slice(*each)] for each in ends], seed_for(seed, "examples", repeat, epoch))
            return LoadedBatches(self, order, None, loaded)
        generator.manual_seed(seed_for(seed, "augment", repeat, epoch))
        draws = self.data.draw_changes(self.spec.data.augment, generator)
        return EpochBatches(self, order.to(self.device), draws)


@dataclass(frozen=True)
class EpochBatches:
    """The order of an epoch's images, (N,), and their flips and shifts, (N, 3), or None without augmentation."""

    workload: Workload
    order: Tensor
    draws: Tensor | None

    def step(self, number: int) -> MiniBatches:
        """Return the mini-batches of a step, counted from 0: normalised images (B, C, H, W) and classes (B,)."""
        return [self._batch(slice(*ends)) for ends in self.workload.batches(number)]

    def _batch(self, part: slice) -> tuple[Tensor, Tensor]:
        indices = self.order[part]
        x = self.workload.data.batch(indices, None if self.draws is None else self.draws[part])
        return x, self.workload.data.y_train[indices]


@dataclass(frozen=True)
class LoadedBatches(EpochBatches):
    """The batches of an epoch of a Dataset. The engine must ask for the steps in their order.

    Attributes:
        loaded: The mini-batches in order.
    """

    loaded: Iterator[tuple[Tensor, Tensor]]

    def step(self, number: int) -> MiniBatches:
        """Return the mini-batches of the next step."""
        return list(islice(self.loaded, len(self.workload.batches(number))))


class EpochRows:
    """The images of one epoch on the device, in the order of the epoch, flipped and shifted.

    Attributes:
        positions: 0, 1, 2, ... up to the largest mini-batch; int64.
    """

    def __init__(self, workload: Workload) -> None:
        """Allocate the memory, which stays the same from epoch to epoch."""
        self._workload = workload
        n_rows, size = workload.n_batched, workload.spec.data.batch_size
        self._x = workload.data.empty_rows(n_rows)
        self._y = workload.data.y_train.new_empty(n_rows)
        self.positions = torch.arange(min(size, n_rows), device=workload.device)

    def arrange(self, batches: EpochBatches) -> None:
        """Put the images of an epoch in order."""
        n_rows, data = len(self._x), self._workload.data
        order = batches.order[:n_rows]
        for start in range(0, n_rows, _ARRANGED_AT_ONCE):
            part = slice(start, min(start + _ARRANGED_AT_ONCE, n_rows))
            self._x[part] = data.rows(order[part], None if batches.draws is None else batches.draws[:n_rows][part])
        torch.index_select(data.y_train, 0, order, out=self._y)

    def batch(self, positions: Tensor) -> tuple[Tensor, Tensor]:
        """Return the images at some positions in the order, normalised, (B, C, H, W), and their classes, (B,)."""
        x = self._workload.data.inputs(self._x.index_select(0, positions))
        return x, self._y.index_select(0, positions)


def open_workload(
    spec: Spec,
    worker: Worker,
    *,
    given: Given = NOTHING_GIVEN,
    dtype: torch.dtype = torch.float32,
    shared: MutableMapping[Any, Any] | None = None,
) -> Workload:
    """Open the data on a worker's device. With several GPUs, the worker's number decides which one.

    Args:
        spec: A spec that `prepare` has resolved.
        worker: Device and threads.
        given: The user's own model and data, if any.
        dtype: Type of weights and images; float64 is for tests that compare engines.
        shared: Shared by the workloads of one process, so that the same data are on the device only once.

    Raises:
        DataError: The data have changed since the search began.
    """
    if worker.device.startswith("cuda"):  # spread the workers over the GPUs
        index = (int(worker.device.partition(":")[2] or 0) + worker.index) % torch.cuda.device_count()
        worker = replace(worker, device=f"cuda:{index}")
        torch.cuda.set_device(index)
    if worker.device == "cpu":
        torch.set_num_threads(worker.threads)
        keep_freed_memory()
    # Your own network may need the plain layout (`view`); built-in convolutional ones are faster in channels-last.
    entry = MODELS[spec.model.name]
    channels_last = given.model is None and not entry.plugin and entry.convolutional
    opened, key = {} if shared is None else shared, (data_key(spec), channels_last, dtype)
    if key not in opened:
        split, task = open_data(spec, given)
        resident = make_resident(
            spec.data, split, worker.device, channels_last=channels_last, dtype=dtype, n_loaders=worker.n_loaders
        )
        opened[key] = task, resident
    task, data = opened[key]
    if worker.fingerprint not in {None, task.fingerprint}:
        raise DataError(
            f"the data ({task.name}) have changed since the search began; restore the data and resume the run, "
            "or start a new run"
        )
    own: OwnNetworks | None = None
    make = own_maker(spec, given, data.shape, data.sizes.n_outputs)
    if make is not None:
        name = given.model or (spec.model, data.shape, data.sizes.n_outputs)
        own = opened.setdefault(("networks", name), OwnNetworks(make, network_name(spec, given)))
    layout = torch.channels_last if channels_last else torch.contiguous_format

    def build(repeat: int) -> nn.Module:
        seed = seed_for(spec.seed, "weights", repeat)
        if own is not None:
            return own.build(seed, data.device, dtype=dtype, memory_format=layout)
        sizes = data.sizes
        built = make_model(spec.model.name, spec.model.options, sizes.shape, sizes.n_outputs, seed, sizes.n_words)
        return built.to(device=data.device, dtype=dtype).to(memory_format=layout)

    blocked = channels_last and may_block(spec, data.device, dtype)
    n_train, size = data.n_train, spec.data.batch_size
    batch_norm = has_batch_norm(spec)
    if own is not None:
        batch_norm = n_train % size == 1 and normalises_batches(build(0))  # build a network only if needed
    n_steps = steps_per_epoch(n_train, size, spec.train.accumulate, batch_norm=batch_norm)
    n_images = n_batched(n_train, size, batch_norm=batch_norm)
    weights, loss = _class_weights(spec, data, dtype), plugged_loss(spec.train.loss)
    return Workload(spec, data, build, n_images, n_steps, dtype, blocked, weights, loss)


def _class_weights(spec: Spec, data: Resident, dtype: torch.dtype) -> Tensor | None:
    if spec.train.class_weights is None or data.n_classes is None:
        return None
    counts = torch.bincount(data.y_train.cpu(), minlength=data.n_classes).tolist()
    return torch.tensor(balanced_weights(counts), dtype=dtype, device=data.device)
