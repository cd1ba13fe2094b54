"""Computes sizes from a spec: images to train and to validate with, steps in an epoch, the shape of an image."""

from __future__ import annotations

import math

from lrsearch.catalog import DATASETS, MODELS
from lrsearch.spec.sections import Choice, Spec


def validation_size(n: int, fraction: float | None) -> int:
    """Compute how many of n images are held out for validation.

    Args:
        n: Images to train and validate with.
        fraction: Share held out, in (0, 1). None: a tenth of the images, but at least 500, or a third if n < 1500.

    Returns:
        A number of images; at least 1 and below n, if n >= 2.

    Example:
        >>> [validation_size(n, None) for n in (1500, 300, 60_000)]
        [500, 100, 6000]
    """
    wanted = max(round(0.1 * n), min(500, n // 3)) if fraction is None else round(fraction * n)
    return min(max(wanted, 1), n - 1)


def known_fact(dataset: Choice, option: str, otherwise: object) -> object:
    """Return the value of an option that tells a fact of a data set; `otherwise` if the data set has no such option.

    The options of a plugin have meanings of their own, and tell nothing.
    """
    return otherwise if DATASETS[dataset.name].plugin else dataset.options.get(option, otherwise)


def image_shape(dataset: Choice) -> tuple[int, int, int] | None:
    """Return (channels, height, width) from the options or the catalog; None if only the files can show the shape."""
    match known_fact(dataset, "shape", DATASETS[dataset.name].shape):
        case (int() as channels, int() as height, int() as width):
            return channels, height, width
    return None


def training_size(spec: Spec) -> int | None:
    """Return the number of training images before `train_size` reduces it; None if unknown until files are read."""
    size = known_fact(spec.data.dataset, "size", DATASETS[spec.data.dataset.name].n_train)
    if spec.data.split is not None:
        return None
    return size - validation_size(size, spec.data.val_fraction) if isinstance(size, int) else None


def reduced_training_size(spec: Spec) -> int | None:
    """Return the number of training images after `train_size` has reduced it; None if unknown until files are read."""
    available = training_size(spec)
    if available is None or spec.data.train_size is None:
        return available
    return min(available, spec.data.train_size)


def has_batch_norm(spec: Spec) -> bool:
    """Whether the spec's built-in model has batch normalisation. A user's own network is not considered."""
    return not MODELS[spec.model.name].plugin and spec.model.options.get("norm") == "batch"


def n_batched(n_train: int, batch_size: int, *, batch_norm: bool) -> int:
    """Count the training images in the mini-batches of one epoch: all, or all but one.

    Args:
        n_train: Training images, >= 1.
        batch_size: Images of a mini-batch, >= 1.
        batch_norm: Whether the network has batch normalisation. Such a network cannot train on one image alone: if the
            last of several mini-batches has a single image, this image is left out.

    Example:
        >>> [n_batched(n, 64, batch_norm=True) for n in (1024, 1025, 1026)], n_batched(1025, 64, batch_norm=False)
        ([1024, 1024, 1026], 1025)
    """
    return n_train - 1 if batch_norm and n_train % batch_size == 1 and n_train > 1 else n_train


def steps_per_epoch(n_train: int, batch_size: int, accumulate: int = 1, *, batch_norm: bool = False) -> int:
    """Count the optimizer steps in one epoch. The last step may use fewer images.

    Args:
        n_train: Training images, >= 1.
        batch_size: Images of a mini-batch, >= 1.
        accumulate: Mini-batches whose gradients are added up for one step; the last step of an epoch may have fewer
            mini-batches.
        batch_norm: See `n_batched`.

    Example:
        >>> [steps_per_epoch(n, 64) for n in (1000, 1024, 1025)], steps_per_epoch(1000, 64, accumulate=3)
        ([16, 16, 17], 6)
    """
    n_batches = math.ceil(n_batched(n_train, batch_size, batch_norm=batch_norm) / batch_size)
    return math.ceil(n_batches / accumulate)


def optimizer_steps(spec: Spec, n_train: int) -> int:
    """Count the optimizer steps in one epoch of a spec's training.

    Args:
        spec: The spec.
        n_train: Number of training images that `train_size` leaves.
    """
    return steps_per_epoch(n_train, spec.data.batch_size, spec.train.accumulate, batch_norm=has_batch_norm(spec))
