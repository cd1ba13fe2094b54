"""Images on the device that trains: stores a split, and selects batches by indices."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

import numpy as np
import torch
from torch import Tensor

from lrsearch.data.arrays import Pixels, Sizes, Split
from lrsearch.data.augment import apply_flip_crop, crop_pad, draw_flip_crop
from lrsearch.data.targets import resident_targets

FLOAT_BYTES = 64 << 20
"""A data set whose images take fewer bytes than this as float32 is normalised once and stored as float32."""


class ResidentImages:
    """The training and the validation part on a device.

    Images are stored as uint8, in the memory order that the network needs, and each batch is normalised. A small data
    set (`FLOAT_BYTES`) is stored normalised. On a CPU the uint8 images share memory with the split if their order is
    already the right one.

    Attributes:
        sizes: The sizes of the data.
        shape: (channels, height, width).
        n_classes: Number of classes; None for a regression.
        target_scale: Mean and standard deviation of the numbers of the training part; None for classes.
        n_train: Number of training images.
        n_val: Number of validation images.
        y_train: Classes of the training images, int64, or standardised numbers; (n_train,).
        y_val: The same of the validation images; (n_val,).
        mean: Mean of each channel over the training part, for pixels from 0 to 255; (C,).
        std: Standard deviation of each channel over the training part, at least 1; (C,).
    """

    def __init__(
        self,
        split: Split,
        device: torch.device | str = "cpu",
        *,
        channels_last: bool = False,
        dtype: torch.dtype = torch.float32,
    ) -> None:
        """Copy the data to the device.

        Args:
            split: The data.
            device: Device that stores them.
            channels_last: Whether batches have torch's channels-last memory format, which is faster for convolutions.
            dtype: Type of the batches.
        """
        self._dtype = dtype
        self.device = torch.device(device)
        channels, height, width = split.shape
        self.sizes, self.n_classes = split.sizes, split.n_classes
        self.shape = (channels, height, width)
        self.n_train, self.n_val = len(split.y_train), len(split.y_val)
        targets = resident_targets(split, self.device, dtype)
        self.y_train, self.y_val, self.target_scale = targets.train, targets.val, targets.scale
        self._channels_last = channels_last
        train, val = (_flat(x, channels_last) for x in (split.x_train, split.x_val))
        self.mean, self.std = (value.to(self.device) for value in _moments(train, self.shape[0], channels_last))
        # One factor per pixel: a factor per channel, which repeats every three values, is six times slower (256 images
        # of 3x32x32, channels last, one core).
        self._scale = self._spread(1 / self.std)  # (C*H*W,)
        self._shift = self._spread(-self.mean / self.std)
        self._train, self._val = train.to(self.device), val.to(self.device)  # (N, C*H*W) in memory order
        if 4 * (train.numel() + val.numel()) < FLOAT_BYTES:
            self._train, self._val = self._normalised(self._train), self._normalised(self._val)

    @property
    def x_train(self) -> Tensor:
        """The training images as they are stored: uint8, or float32 and normalised; (n_train, C, H, W)."""
        return self._as_images(self._train)

    @property
    def x_val(self) -> Tensor:
        """The validation images as they are stored, like `x_train`; (n_val, C, H, W)."""
        return self._as_images(self._val)

    @staticmethod
    def example(sizes: Sizes) -> Tensor:
        """Make one black image, float32; (1, C, H, W)."""
        return torch.zeros(1, *sizes.shape)

    @staticmethod
    def n_bytes(sizes: Sizes) -> int:
        """Compute the bytes of both parts: uint8, and float32 too for a small data set."""
        pixels = (sizes.n_train + sizes.n_val) * prod(sizes.shape)
        return pixels + (4 * pixels if 4 * pixels < FLOAT_BYTES else 0)

    def draw_changes(self, augment: str, generator: torch.Generator) -> Tensor | None:
        """Draw a flip and two shifts for each training image, (n_train, 3), with `draw_flip_crop`.

        None if `augment` is not flip-crop.
        """
        if augment != "flip-crop":
            return None
        return draw_flip_crop(self.n_train, crop_pad(self.shape), generator).to(self.device)

    def batch(self, indices: Tensor, crops: Tensor | None = None) -> Tensor:
        """Return a batch of training images, normalised.

        Args:
            indices: Indices of the images, on the device, int64; (B,).
            crops: Flips and shifts of the images, on the device, from `augment.draw_flip_crop`; (B, 3). None for no
                changes.

        Returns:
            A new tensor, float32, (B, C, H, W), in the chosen memory format.
        """
        return self.inputs(self.rows(indices, crops))

    def rows(self, indices: Tensor, crops: Tensor | None = None) -> Tensor:
        """Return training images as they are stored: uint8, or float32 and normalised; (B, C*H*W). See `batch`."""
        x = self._train.index_select(0, indices)
        return x if crops is None else self._as_flat(apply_flip_crop(self._as_images(x), crops))

    def inputs(self, rows: Tensor) -> Tensor:
        """Return stored images, (B, C*H*W), as a batch: normalised, of the chosen type, (B, C, H, W)."""
        return self._as_images(self._normalised(rows)).to(self._dtype)

    def empty_rows(self, n: int) -> Tensor:
        """Allocate memory for n images of the form that `rows` returns; (n, C*H*W)."""
        return self._train.new_empty(n, self._train.shape[1])

    def val_batches(self, size: int) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield the validation part in order, normalised.

        Args:
            size: Images in a batch, >= 1; the last batch may be smaller.

        Yields:
            Images, float32, (B, C, H, W), and their classes, int64, (B,). Do not write into these tensors, because they
            may be views.
        """
        for x, y in zip(torch.split(self._val, size), torch.split(self.y_val, size), strict=True):
            yield self.inputs(x), y

    def _normalised(self, x: Tensor) -> Tensor:
        return torch.addcmul(self._shift, x.float(), self._scale) if x.dtype == torch.uint8 else x

    def _spread(self, per_channel: Tensor) -> Tensor:
        channels, height, width = self.shape
        if self._channels_last:
            return per_channel.repeat(height * width)
        return per_channel.repeat_interleave(height * width, output_size=channels * height * width)

    def _as_images(self, flat: Tensor) -> Tensor:
        channels, height, width = self.shape
        if self._channels_last:
            return flat.view(-1, height, width, channels).permute(0, 3, 1, 2)
        return flat.view(-1, channels, height, width)

    def _as_flat(self, images: Tensor) -> Tensor:
        return (images.permute(0, 2, 3, 1) if self._channels_last else images).reshape(len(images), -1)


def _flat(x: Pixels, channels_last: bool) -> Tensor:
    """Return images as rows in memory order, on the CPU; (N, C*H*W)."""
    ordered = np.ascontiguousarray(x.transpose(0, 2, 3, 1) if channels_last else x)
    return torch.from_numpy(_writable(ordered)).view(len(x), -1)


def _writable(values: np.ndarray) -> np.ndarray:
    """Return the array itself, or a copy if it is read-only: torch warns about read-only arrays."""
    return values if values.flags.writeable else values.copy()


def _moments(flat: Tensor, channels: int, channels_last: bool) -> tuple[Tensor, Tensor]:
    """Compute mean and standard deviation of each channel from its histogram: exact, and ten times as fast as sums."""
    planes = flat.view(-1, channels).unbind(1) if channels_last else flat.view(len(flat), channels, -1).unbind(1)
    counts = torch.stack([torch.bincount(plane.flatten(), minlength=256) for plane in planes]).double()  # (C, 256)
    shares = counts / counts.sum(1, keepdim=True)
    values = torch.arange(256, dtype=torch.float64)
    mean = shares @ values
    variance = (shares * (values - mean[:, None]) ** 2).sum(1)
    return mean.float(), variance.sqrt().clamp(min=1.0).float()


RESIDENT = ResidentImages
