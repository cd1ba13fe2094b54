"""Draws the training and the validation part from `data.split_seed`, and describes both parts."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import asdict, replace

import numpy as np

from lrsearch.catalog import computed_metrics
from lrsearch.data.arrays import Arrays, Labels, Pixels, Split, checksum
from lrsearch.data.given_split import given_split
from lrsearch.data.stratified import draw_stratified
from lrsearch.errors import DataError
from lrsearch.packing import pack_classes
from lrsearch.records import Baseline, Task
from lrsearch.seeds import seed_for
from lrsearch.spec import DataSpec, validation_size
from lrsearch.wording import counted, some_of

_MOST_NAMED = 5  # classes that a remark names
_MOST_IN_SEVERAL = 0.01  # share of images with several classes that is no reason to say so; known data sets have a few


def split(arrays: Arrays, data: DataSpec) -> Split:
    """Draw the validation part, then the training part from what is left.

    Args:
        arrays: The data set. If the data set provides a validation part, this part is used and `val_fraction` has no
            effect.
        data: The spec's data section: `val_fraction`, `train_size`, `split_seed`; `batch_size` is only checked.

    Returns:
        Both parts, of exactly the sizes that the spec asks for. Each class keeps its share to within one image, and has
        at least one image to train with. The validation part does not depend on `train_size`. Images are copied only if
        some of them are left out.

    Raises:
        DataError: The data cannot meet a size in the spec. The error names every such size, one per line.
    """
    x, y = arrays.x_train, arrays.y_train
    given = None if data.split is None else given_split(data.split, arrays, data)
    n_val = validation_size(len(y), data.val_fraction) if arrays.y_val is None else len(arrays.y_val)
    available = len(y) - n_val if arrays.y_val is None else len(y)
    available = available if given is None else len(given[0])
    n_train = available if data.train_size is None else data.train_size
    problems = _problems(data, n_train, available, arrays.n_classes)
    if problems:
        raise DataError(*problems)
    if arrays.x_val is not None and arrays.y_val is not None:
        x_val, y_val = arrays.x_val, arrays.y_val
        rest = np.arange(len(y))
    elif given is not None:
        rest, held_out = given
        x_val, y_val = x[held_out], y[held_out]
    else:
        held_out = draw_stratified(y, n_val, seed_for(data.split_seed, "split"), spare=1)
        x_val, y_val = x[held_out], y[held_out]
        rest = np.delete(np.arange(len(y)), held_out)
    if n_train < available:
        rest = rest[draw_stratified(y[rest], n_train, seed_for(data.split_seed, "subset"), least=1)]
    if len(rest) < len(y):
        x, y = x[rest], y[rest]
    parts = Split(x_train=x, y_train=y, x_val=x_val, y_val=y_val, n_classes=arrays.n_classes)
    return replace(parts, remarks=(*arrays.remarks, *_remarks(parts, arrays)))


def with_validation(parts: Split) -> Split:
    """Return a split whose training part also has the examples of the validation part, after its own.

    The validation part stays, so that a training can be followed, but the network has seen its examples.
    """
    remark = "data: the validation examples are trained on too, so their scores do not show how good the network is"
    return replace(
        parts,
        x_train=np.concatenate([parts.x_train, parts.x_val]),
        y_train=np.concatenate([parts.y_train, parts.y_val]),
        remarks=(*parts.remarks, remark),
    )


def describe(parts: Split, name: str, kind: str) -> Task:
    """Describe the data as a task: sizes, fingerprint, and the scores of the best constant prediction.

    Args:
        parts: The data, split.
        name: The data set's name.
        kind: The kind of its examples, in the plural, such as images.

    Returns:
        The task, with the metrics that have a baseline. The fingerprint covers all shapes, labels and pixels, and does
        not depend on the memory order. The fingerprint of CIFAR-10 takes about 0.1 s.
    """
    return Task(
        name=name,
        kind=kind,
        **asdict(parts.sizes),
        fingerprint=_fingerprint(parts),
        metrics={
            **_constant_scores(parts.y_val),
            "train_loss": Baseline(constant=_entropy(parts.y_train)),
            "train_accuracy": Baseline(constant=_majority(parts.y_train)),
            "val_loss": Baseline(constant=_entropy(parts.y_val)),
            "val_accuracy": Baseline(constant=_majority(parts.y_val)),
        },
        remarks=parts.remarks,
        val_classes=pack_classes(parts.y_val),
    )


def _constant_scores(labels: Labels) -> dict[str, Baseline]:
    """Return the scores of the best constant prediction (the most frequent class, the class frequencies), by metric."""
    counts = np.bincount(labels)
    answers = np.full(labels.size, counts.argmax())
    found = computed_metrics(labels, answers, -np.log(counts[labels] / labels.size))
    return {name: Baseline(constant=score) for name, score in found.items()}


def _majority(labels: Labels) -> float:
    """Share of the most frequent class."""
    return float(np.bincount(labels).max() / len(labels))


def _entropy(labels: Labels) -> float:
    """Entropy of class labels in nats."""
    counts = np.bincount(labels)
    shares = counts[counts > 0] / len(labels)
    return float(-(shares * np.log(shares)).sum())


def _remarks(parts: Split, arrays: Arrays) -> Iterator[str]:
    """Yield warnings: on classes without validation images, and on equal images."""
    absent = np.flatnonzero(np.bincount(parts.y_val, minlength=parts.n_classes) == 0)
    if len(absent) == parts.n_classes - 1:
        yield (
            "data: all validation images have the same class, so a network that always predicts this class is always "
            "right, and no score can show that a rate learned; validate on images of several classes"
        )
    elif len(absent):
        names = [repr(arrays.class_names[label]) if arrays.class_names else str(label) for label in absent.tolist()]
        which = f"{'class' if len(names) == 1 else 'classes'} {some_of(names, _MOST_NAMED)}"
        why = (
            ""
            if arrays.y_val is not None
            else ", because the class has too few images"
            if len(names) == 1
            else ", because the classes have too few images"
        )
        yield f"data: there is no validation image of {which}{why}"
    if hasattr(parts.x_val, "dataset"):
        return  # the examples of a Dataset would all have to be loaded
    n_all = len(parts.y_train) + len(parts.y_val)
    classes = _classes_by_image(parts)
    if len(classes) == 1:
        yield (
            f"data: all {n_all:,} images are equal, so there is nothing to learn; look at how the images were saved "
            "(empty, only transparent, or scaled before the change to uint8?)"
        )
        return
    several = [count for count in classes.values() if len(count) > 1]
    n_several = sum(count.total() for count in several)
    are_in_several = n_several > _MOST_IN_SEVERAL * n_all
    if are_in_several:
        first, second = (
            repr(arrays.class_names[label]) if arrays.class_names else str(label) for label in sorted(several[0])[:2]
        )
        yield (
            f"data: {n_several:,} of the {n_all:,} images are equal to an image of another class, for example of "
            f"classes {first} and {second} (a copy of a folder?); keep each image in one class"
        )
    n_shared = count_shared(parts.x_val, parts.x_train)
    if n_shared:
        yield (
            f"data: {n_shared:,} of the {counted(len(parts.y_val), 'validation image')} "
            f"{'is' if n_shared == 1 else 'are'} equal to training images, so the accuracy is "
            f"{'not that' if are_in_several else 'higher than'} on new images"
        )


def _classes_by_image(parts: Split) -> dict[bytes, Counter[int]]:
    """Count the classes of all images that have the same pixels, by a digest of the pixels."""
    found: dict[bytes, Counter[int]] = defaultdict(Counter)
    for x, y in ((parts.x_train, parts.y_train), (parts.x_val, parts.y_val)):
        for image, label in zip(x, y.tolist(), strict=True):
            found[_digest(image)][label] += 1
    return found


def count_shared(x: Pixels, x_train: Pixels) -> int:
    """Count the images of `x` that are equal to a training image, whatever their classes. A Dataset is not read: 0."""
    if hasattr(x, "dataset") or hasattr(x_train, "dataset"):
        return 0
    seen = {_digest(image) for image in x}
    shared = seen & {_digest(image) for image in x_train}
    return sum(_digest(image) in shared for image in x) if shared else 0


def _digest(image: Pixels) -> bytes:
    return hashlib.blake2b(image.tobytes(), digest_size=16).digest()


def _problems(data: DataSpec, n_train: int, available: int, n_classes: int) -> list[str]:
    problems = []
    if n_train > available:
        problems.append(f"data.train_size: {n_train} exceeds the {available} training images")
    elif n_train < n_classes:
        problems.append(
            f"data: {n_train} training images are too few for {n_classes} classes; each class needs at least one"
        )
    if data.batch_size > min(n_train, available):
        problems.append(f"data.batch_size: {data.batch_size} exceeds the {min(n_train, available)} training images")
    return problems


def _fingerprint(parts: Split) -> str:
    digest = hashlib.blake2b(digest_size=16)
    for x, y in ((parts.x_train, parts.y_train), (parts.x_val, parts.y_val)):
        # A CRC of the pixels is four times as fast as blake2b. It detects changes, not forgery.
        digest.update(f"{x.shape} {parts.n_classes} {checksum(x)} {checksum(y)}\n".encode())
    return digest.hexdigest()
