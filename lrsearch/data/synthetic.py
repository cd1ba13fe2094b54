"""The data set `synthetic`: noisy patterns made from a seed, for tests and for a first try without a download."""

from __future__ import annotations

import math
from typing import cast

import numpy as np
import numpy.typing as npt

from lrsearch.data.arrays import Arrays, TestPart
from lrsearch.data.download import Progress
from lrsearch.data.loader import Loader
from lrsearch.data.memory import check_fits
from lrsearch.seeds import seed_for
from lrsearch.spec import DataSpec

_N_WAVES = 3  # waves along each axis: so few that a shift by a pixel or two changes little
_NOISE = 48.0  # standard deviation of a pixel, of 255
# Signal-to-noise ratio of a whole image (root of its energy over the noise). At 12 an mlp of 64 units ends at 0.97 to
# 0.98 at the best of the rates 0.001, 0.01, ... 10, and at 0.90 to 0.93 at a tenth of it (1x8x8 and 3x32x32, sgd, 10
# epochs).
_SIGNAL = 12.0
_CHUNK = 4096
N_TEST = 2000


def make_synthetic(
    shape: tuple[int, int, int], n_classes: int, size: int, seed: int, *, is_test: bool = False
) -> Arrays:
    """Make images of one smooth random pattern per class, with small shifts and noise.

    Args:
        shape: (channels, height, width).
        n_classes: Number of classes, >= 2. Each has the same number of images, to within one.
        size: Number of images.
        seed: `data.split_seed`.
        is_test: Whether to make other images of the same patterns.

    Returns:
        `size` images.

    Raises:
        DataError: The images do not fit into memory.
    """
    _check_fits(shape, size)
    rng = np.random.default_rng(seed_for(seed, "synthetic"))
    channels, height, width = shape
    patterns = _patterns(shape, n_classes, rng)
    if is_test:
        rng = np.random.default_rng(seed_for(seed, "synthetic-test"))
    # Give every shape the same energy, so that large images are not easier.
    patterns *= min(_NOISE, _NOISE * _SIGNAL / np.sqrt(channels * height * width))
    y = rng.permutation(np.arange(size) % n_classes)
    reach = np.array([height, width]) // 8
    x = np.empty((size, *shape), dtype=np.uint8)
    for start in range(0, size, _CHUNK):  # limits the memory for the noise
        labels = y[start : start + _CHUNK]
        dy, dx = rng.integers(-reach, reach + 1, size=(len(labels), 2)).T
        rows = (np.arange(height) + dy[:, None]) % height  # (B, H)
        columns = (np.arange(width) + dx[:, None]) % width  # (B, W)
        # An index before and after the slice puts the channels last.
        image = np.moveaxis(patterns[labels[:, None, None], :, rows[:, :, None], columns[:, None, :]], -1, 1)
        noise = rng.normal(128.0, _NOISE, image.shape)
        x[start : start + _CHUNK] = np.clip(np.rint(image + noise), 0, 255)
    return Arrays(x_train=x, y_train=y, x_val=None, y_val=None, n_classes=n_classes)


def _patterns(shape: tuple[int, int, int], n_classes: int, rng: np.random.Generator) -> npt.NDArray[np.float64]:
    """Make one pattern per class, of mean square 1.

    A pattern is a sum of waves that repeat after one image, so that a shifted image wraps around.
    """
    channels, height, width = shape
    down, across = (
        np.exp(2j * np.pi * np.outer(np.arange(side), np.arange(_N_WAVES)) / side) for side in (height, width)
    )
    waves = rng.normal(size=(2, n_classes, channels, _N_WAVES, _N_WAVES))
    pattern: npt.NDArray[np.float64] = np.real(down @ (waves[0] + 1j * waves[1]) @ across.T)
    pattern /= np.sqrt((pattern**2).mean(axis=(1, 2, 3), keepdims=True))
    return pattern


def _check_fits(shape: tuple[int, int, int], size: int) -> None:
    check_fits(size * math.prod(shape), "data.dataset: synthetic", "give a smaller size or shape")


def _shape_and_size(data: DataSpec) -> tuple[tuple[int, int, int], int]:
    options = data.dataset.options
    return cast("tuple[int, int, int]", options["shape"]), cast("int", options["size"])


def _load(data: DataSpec, _: Progress | None) -> Arrays:
    shape, size = _shape_and_size(data)
    return make_synthetic(shape, cast("int", data.dataset.options["classes"]), size, data.split_seed)


def _load_test(data: DataSpec, _: Progress | None) -> TestPart:
    shape, _ignored = _shape_and_size(data)
    made = make_synthetic(shape, cast("int", data.dataset.options["classes"]), N_TEST, data.split_seed, is_test=True)
    return TestPart(x=made.x_train, y=made.y_train)


LOADERS = {"synthetic": Loader(load=_load, test=_load_test, check=lambda data: _check_fits(*_shape_and_size(data)))}
