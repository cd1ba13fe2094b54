"""Examples of any shape on the device that trains, used as they are: floating-point numbers, or whole numbers."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from lrsearch.data.arrays import Split
from lrsearch.data.targets import resident_targets


class ResidentTensors:
    """The training and the validation part on a device; see `data.resident.Resident`. Nothing is normalised."""

    def __init__(self, split: Split, device: torch.device | str, *, dtype: torch.dtype) -> None:
        """Copy the data to the device.

        Args:
            split: The data.
            device: Device that stores them.
            dtype: Type of floating-point numbers, in examples and to predict; whole numbers stay whole numbers.
        """
        self.device = torch.device(device)
        self.sizes = split.sizes
        self.shape, self.n_classes = self.sizes.shape, self.sizes.n_classes
        self.n_train, self.n_val = self.sizes.n_train, self.sizes.n_val
        targets = resident_targets(split, self.device, dtype)
        self.y_train, self.y_val, self.target_scale = targets.train, targets.val, targets.scale
        self._train, self._val = (self._placed(np.array(x), dtype) for x in (split.x_train, split.x_val))

    def _placed(self, x: np.ndarray, dtype: torch.dtype) -> Tensor:
        tensor = torch.from_numpy(x).to(self.device)
        return tensor.to(dtype) if tensor.is_floating_point() else tensor

    def draw_changes(self, augment: str, generator: torch.Generator) -> None:
        """Draw nothing: only images are changed."""

    def batch(self, indices: Tensor, changes: Tensor | None = None) -> Tensor:
        """Return training examples; (B, *shape)."""
        return self.rows(indices, changes)

    def rows(self, indices: Tensor, changes: Tensor | None = None) -> Tensor:  # noqa: ARG002  (as all residents)
        """Return training examples; (B, *shape)."""
        return self._train.index_select(0, indices)

    def inputs(self, rows: Tensor) -> Tensor:
        """Return the examples as they are."""
        return rows

    def empty_rows(self, n: int) -> Tensor:
        """Allocate memory for n examples."""
        return self._train.new_empty(n, *self.shape)

    def val_batches(self, size: int) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield the validation part in order."""
        yield from zip(torch.split(self._val, size), torch.split(self.y_val, size), strict=True)
