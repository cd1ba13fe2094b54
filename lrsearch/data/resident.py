"""Keeps both parts of a data set on the device that trains. Each kind of example has a class of its own."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import Any, Protocol

import torch
from torch import Tensor

from lrsearch.data.arrays import Sizes, Split
from lrsearch.data.loader import loader_of
from lrsearch.spec import DataSpec


class Resident(Protocol):
    """The training and the validation part on a device.

    Attributes:
        device: The device.
        sizes: The sizes of the data.
        shape: Shape of an example.
        n_classes: Number of classes; None for a regression.
        n_train: Number of training examples.
        n_val: Number of validation examples.
        y_train: Classes of the training examples, int64, or their numbers, standardised; (n_train,).
        y_val: Classes or numbers of the validation examples; (n_val,).
        target_scale: Mean and standard deviation by which numbers are standardised; None for classes.
    """

    device: torch.device
    sizes: Sizes
    shape: tuple[int, ...]
    n_classes: int | None
    n_train: int
    n_val: int
    y_train: Tensor
    y_val: Tensor
    target_scale: tuple[float, float] | None

    def draw_changes(self, augment: str, generator: torch.Generator) -> Tensor | None:
        """Draw the random changes of all training examples for an epoch; None for no changes.

        Args:
            augment: The spec's `data.augment`.
            generator: A seeded generator on the CPU.

        Returns:
            A row for each example, on the device; (n_train, ...).
        """
        ...

    def rows(self, indices: Tensor, changes: Tensor | None = None) -> Tensor:
        """Return training examples as they are stored, with their changes; (B, ...)."""
        ...

    def inputs(self, rows: Tensor) -> Tensor:
        """Turn stored examples into inputs of a network; (B, *shape)."""
        ...

    def empty_rows(self, n: int) -> Tensor:
        """Allocate memory for n examples of the form that `rows` returns."""
        ...

    def batch(self, indices: Tensor, changes: Tensor | None = None) -> Tensor:
        """Return training examples as inputs of a network; (B, *shape)."""
        ...

    def val_batches(self, size: int) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield inputs of the validation part in order, with their classes; `size` examples at most."""
        ...


def resident_class(data: DataSpec) -> Any:  # noqa: ANN401  (a class that is imported by its name)
    """Return the class for the examples of a data set.

    Call the class with a split, a device, `channels_last` and `dtype`. Its method `example(sizes)` makes one input
    without content, (1, *shape); its method `n_bytes(sizes)` computes the memory of the data.
    """
    return import_module(loader_of(data).resident).RESIDENT


def make_resident(
    data: DataSpec,
    split: Split,
    device: str,
    *,
    channels_last: bool = False,
    dtype: torch.dtype = torch.float32,
    n_loaders: int = 0,
) -> Resident:
    """Put the two parts of a data set on a device.

    Args:
        data: The spec's data section.
        split: The data.
        device: A torch device name.
        channels_last: Whether images have torch's channels-last memory format, which is faster for convolutions.
        dtype: Type of inputs that are numbers.
        n_loaders: Number of processes that load examples, if the split does not hold them.
    """
    more: dict[str, Any] = {"n_loaders": n_loaders} if hasattr(split.x_train, "dataset") else {}
    resident: Resident = resident_class(data)(split, device, channels_last=channels_last, dtype=dtype, **more)
    return resident
