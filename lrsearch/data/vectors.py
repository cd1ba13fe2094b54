"""Keeps examples of one dimension on the device that trains: texts as numbers of words, and rows of a table."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

import torch
from torch import Tensor

from lrsearch.data.arrays import Sizes, Split
from lrsearch.data.targets import resident_targets


class ResidentVectors:
    """The training and the validation part on a device. On a CPU, the examples share memory with the split.

    Attributes:
        device: The device.
        sizes: The sizes of the data.
        shape: (words,) of a text, or (columns,) of a row.
        n_classes: Number of classes; None for a regression.
        n_train: Number of training examples.
        n_val: Number of validation examples.
        y_train: Classes, int64, or numbers, standardised by the training part; (n_train,).
        y_val: Classes or numbers of the validation examples, in the same form; (n_val,).
        target_scale: Mean and standard deviation of the numbers of the training part; None for classes.
    """

    def __init__(
        self,
        split: Split,
        device: torch.device | str = "cpu",
        *,
        channels_last: bool = False,  # noqa: ARG002  (for images)
        dtype: torch.dtype = torch.float32,
    ) -> None:
        """Copy the data to the device.

        Args:
            split: The data.
            device: Device that stores them.
            channels_last: No effect; for images only.
            dtype: Type of the numbers in a row, and of targets that are numbers. Words are always int64.
        """
        self.device = torch.device(device)
        self.sizes, self.shape, self.n_classes = split.sizes, split.shape, split.n_classes
        self.n_train, self.n_val = len(split.y_train), len(split.y_val)
        self._dtype = torch.int64 if split.n_words is not None else dtype
        self._train, self._val = (torch.from_numpy(x).to(self.device) for x in (split.x_train, split.x_val))
        targets = resident_targets(split, self.device, dtype)
        self.y_train, self.y_val, self.target_scale = targets.train, targets.val, targets.scale

    @staticmethod
    def example(sizes: Sizes) -> Tensor:
        """Make one example of zeros, (1, *shape): a text of padding, int64, or a row, float32."""
        return torch.zeros(1, *sizes.shape, dtype=torch.float32 if sizes.n_words is None else torch.int64)

    @staticmethod
    def n_bytes(sizes: Sizes) -> int:
        """Compute the bytes of both parts: four for each word or number."""
        return 4 * (sizes.n_train + sizes.n_val) * prod(sizes.shape)

    def draw_changes(self, augment: str, generator: torch.Generator) -> Tensor | None:  # noqa: ARG002  (for images)
        """Return None, because texts and rows are not changed."""
        return None

    def rows(self, indices: Tensor, changes: Tensor | None = None) -> Tensor:  # noqa: ARG002  (for images)
        """Return training examples as they are stored; (B, *shape)."""
        return self._train.index_select(0, indices)

    def inputs(self, rows: Tensor) -> Tensor:
        """Turn stored examples into inputs of a network; (B, *shape)."""
        return rows.to(self._dtype)

    def empty_rows(self, n: int) -> Tensor:
        """Allocate memory for n examples of the form that `rows` returns."""
        return self._train.new_empty(n, *self.shape)

    def batch(self, indices: Tensor, changes: Tensor | None = None) -> Tensor:
        """Return training examples as inputs of a network; (B, *shape)."""
        return self.inputs(self.rows(indices, changes))

    def val_batches(self, size: int) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield inputs of the validation part in order, with their classes or numbers; `size` examples at most."""
        for x, y in zip(torch.split(self._val, size), torch.split(self.y_val, size), strict=True):
            yield self.inputs(x), y


RESIDENT = ResidentVectors
