"""Sizes that follow from a spec: images of each part, steps of an epoch, the shape of an image."""

from __future__ import annotations

import math

from lrsearch.catalog import DATASETS
from lrsearch.spec.sections import Choice, Spec


def validation_size(n: int, fraction: float | None) -> int:
    """How many of n images are held out for validation.

    Args:
        n: Images to train and validate with.
        fraction: Share held out, in (0, 1); None: a tenth, but at least 500 where that leaves two thirds to train with.

    Returns:
        A number of images; at least 1 and below n, for n >= 2.

    Example:
        >>> [validation_size(n, None) for n in (1500, 300, 60_000)]
        [500, 100, 6000]
    """
    wanted = max(round(0.1 * n), min(500, n // 3)) if fraction is None else round(fraction * n)
    return min(max(wanted, 1), n - 1)


def image_shape(dataset: Choice) -> tuple[int, int, int] | None:
    """(channels, height, width) from the options or the catalog; None if only the files tell."""
    match dataset.options.get("shape", DATASETS[dataset.name].shape):
        case (int() as channels, int() as height, int() as width):
            return channels, height, width
    return None


def training_size(spec: Spec) -> int | None:
    """Images of the training part before `train_size` reduces it; None if only the files tell."""
    size = spec.data.dataset.options.get("size", DATASETS[spec.data.dataset.name].n_train)
    return size - validation_size(size, spec.data.val_fraction) if isinstance(size, int) else None


def reduced_training_size(spec: Spec) -> int | None:
    """Images of the training part after `train_size` has reduced it; None if only the files tell."""
    available = training_size(spec)
    if available is None or spec.data.train_size is None:
        return available
    return min(available, spec.data.train_size)


def has_batch_norm(spec: Spec) -> bool:
    """Whether the model of a spec normalises over the images of a batch. A network of your own is another matter."""
    return spec.model.options.get("norm") == "batch"


def n_batched(n_train: int, batch_size: int, *, batch_norm: bool) -> int:
    """How many training images are in the mini-batches of an epoch: all, or all but one.

    Args:
        n_train: Training images, >= 1.
        batch_size: Images of a mini-batch, >= 1.
        batch_norm: Whether the network normalises over the images of a batch. It cannot train on one image alone, so
            that a single image that is left over is in no mini-batch of that epoch.

    Example:
        >>> [n_batched(n, 64, batch_norm=True) for n in (1024, 1025, 1026)], n_batched(1025, 64, batch_norm=False)
        ([1024, 1024, 1026], 1025)
    """
    return n_train - 1 if batch_norm and n_train % batch_size == 1 and n_train > 1 else n_train


def steps_per_epoch(n_train: int, batch_size: int, accumulate: int = 1, *, batch_norm: bool = False) -> int:
    """Optimizer steps in one epoch. The last one may have fewer images.

    Args:
        n_train: Training images, >= 1.
        batch_size: Images of a mini-batch, >= 1.
        accumulate: Mini-batches whose gradients make one step; the last step of an epoch may have fewer.
        batch_norm: See `n_batched`.

    Example:
        >>> [steps_per_epoch(n, 64) for n in (1000, 1024, 1025)], steps_per_epoch(1000, 64, accumulate=3)
        ([16, 16, 17], 6)
    """
    n_batches = math.ceil(n_batched(n_train, batch_size, batch_norm=batch_norm) / batch_size)
    return math.ceil(n_batches / accumulate)


def optimizer_steps(spec: Spec, n_train: int) -> int:
    """Optimizer steps in one epoch of a spec's training.

    Args:
        spec: The spec.
        n_train: Images of the training part, after `train_size` has reduced it.
    """
    return steps_per_epoch(n_train, spec.data.batch_size, spec.train.accumulate, batch_norm=has_batch_norm(spec))
