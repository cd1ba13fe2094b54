"""The class that holds the examples of a plugin on the device, which depends on what its function returned."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np
import torch
from torch import Tensor

from lrsearch.data.arrays import Sizes, Split
from lrsearch.data.images import ResidentImages
from lrsearch.data.listed import ListedExamples
from lrsearch.data.loaded import LoadedData
from lrsearch.data.resident import Resident
from lrsearch.data.tensors import ResidentTensors


class PluggedResident:
    """Images are held as images, other arrays as they are; the examples of a Dataset are loaded batch by batch."""

    def __call__(
        self, split: Split, device: torch.device | str, *, channels_last: bool, dtype: torch.dtype, n_loaders: int = 0
    ) -> Resident:
        """Make the object that holds a split; see `data.resident.make_resident`."""
        if isinstance(split.x_train, ListedExamples):
            return LoadedData(split, device, dtype=dtype, n_loaders=n_loaders)
        if split.x_train.dtype == np.uint8:
            images: Any = ResidentImages(split, device, channels_last=channels_last, dtype=dtype)
            return images  # type: ignore[no-any-return]  # its shape has exactly three numbers
        return ResidentTensors(split, device, dtype=dtype)

    @staticmethod
    def example(sizes: Sizes) -> Tensor:
        """Make one example of zeros; (1, *shape)."""
        return torch.zeros(1, *sizes.shape)

    @staticmethod
    def n_bytes(sizes: Sizes) -> int:
        """Compute the bytes of both parts: four for each number, as for float32; images (uint8) take less."""
        return 4 * (sizes.n_train + sizes.n_val) * prod(sizes.shape)


RESIDENT = PluggedResident()
