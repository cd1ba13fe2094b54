"""Draws the training and the validation part from `data.split_seed`, and describes both parts."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from lrsearch.catalog import DATASETS
from lrsearch.data.arrays import Arrays, Examples, Split, checksum
from lrsearch.data.baselines import constant_scores
from lrsearch.data.given_split import given_split
from lrsearch.data.labels import alike_remarks
from lrsearch.data.stratified import draw_stratified
from lrsearch.errors import DataError
from lrsearch.packing import pack_classes
from lrsearch.records import Task
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
        Both parts, of exactly the sizes that the spec asks for. Each class keeps its share to within one example, and
        has at least one example to train with. For a regression the parts are drawn at random. The validation part does
        not depend on `train_size`. Examples are copied only if some of them are left out.

    Raises:
        DataError: The data cannot meet a size in the spec. The error names every such size, one per line.
    """
    x, y = arrays.x_train, arrays.y_train
    given = None if data.split is None else given_split(data.split, arrays, data)
    classes = y if arrays.n_classes is not None else np.zeros(len(y), dtype=np.int64)
    kind = DATASETS[data.dataset.name].kind or "examples"
    n_val = validation_size(len(y), data.val_fraction) if arrays.y_val is None else len(arrays.y_val)
    available = len(y) - n_val if arrays.y_val is None else len(y)
    available = available if given is None else len(given[0])
    n_train = available if data.train_size is None else data.train_size
    problems = _problems(data, n_train, available, arrays.n_classes or 1, kind)
    if problems:
        raise DataError(*problems)
    if arrays.x_val is not None and arrays.y_val is not None:
        x_val, y_val = arrays.x_val, arrays.y_val
        rest = np.arange(len(y))
    elif given is not None:
        rest, held_out = given
        x_val, y_val = x[held_out], y[held_out]
    else:
        held_out = draw_stratified(classes, n_val, seed_for(data.split_seed, "split"), spare=1)
        x_val, y_val = x[held_out], y[held_out]
        rest = np.delete(np.arange(len(y)), held_out)
    if n_train < available:
        rest = rest[draw_stratified(classes[rest], n_train, seed_for(data.split_seed, "subset"), least=1)]
    if len(rest) < len(y):
        x, y = x[rest], y[rest]
    parts = Split(
        x_train=x,
        y_train=y,
        x_val=x_val,
        y_val=y_val,
        n_classes=arrays.n_classes,
        class_names=arrays.class_names,
        words=arrays.words,
    )
    remarks = (*arrays.remarks, *alike_remarks(arrays.class_names))
    return replace(parts, remarks=(*remarks, *_remarks(parts, arrays, kind.removesuffix("s"))))


def with_validation(parts: Split) -> Split:
    """Return a split whose training part also has the examples of the validation part, after its own.

    The validation part stays, so that a training can be followed, but the network has seen its examples.

    Raises:
        DataError: The parts are two Datasets.
    """
    remark = "data: the validation examples are trained on too, so their scores do not show how good the network is"
    return replace(
        parts,
        x_train=_joined(parts.x_train, parts.x_val),
        y_train=np.concatenate([parts.y_train, parts.y_val]),
        remarks=(*parts.remarks, remark),
    )


def _joined(x_train: Examples, x_val: Examples) -> Examples:
    dataset = getattr(x_train, "dataset", None)
    if dataset is None:
        return np.concatenate([x_train, x_val])
    if getattr(x_val, "dataset", None) is not dataset:
        raise DataError(
            "data: two Datasets cannot be trained on together; leave out --with-validation, or return one Dataset that "
            "has the examples of both"
        )
    # Examples that one Dataset lists.
    train: Any = x_train
    val: Any = x_val
    return train.with_indices(np.concatenate([train.indices, val.indices]))  # type: ignore[no-any-return]


def describe(parts: Split, name: str, kind: str) -> Task:
    """Describe the data as a task: sizes, fingerprint, and the scores of the best constant prediction.

    Args:
        parts: The data, split.
        name: The data set's name.
        kind: The kind of its examples, in the plural, such as images.

    Returns:
        The task, with the metrics that have a baseline. The fingerprint covers all shapes, labels and examples, and
        does not depend on the memory order. The fingerprint of CIFAR-10 takes about 0.1 s.
    """
    sizes = parts.sizes
    return Task(
        name=name,
        kind=kind,
        shape=sizes.shape,
        n_classes=sizes.n_classes,
        n_train=sizes.n_train,
        n_val=sizes.n_val,
        fingerprint=_fingerprint(parts),
        metrics=constant_scores(parts),
        remarks=parts.remarks,
        val_classes=None if parts.n_classes is None else pack_classes(parts.y_val),
    )


def _remarks(parts: Split, arrays: Arrays, one: str) -> Iterator[str]:
    """Yield warnings: on classes without validation examples, and on examples that are in both parts.

    `one` is the kind of the examples in the singular, such as image.
    """
    if parts.n_classes is not None:
        yield from _class_remarks(parts, arrays, parts.n_classes, one)
    if hasattr(parts.x_val, "dataset"):
        return  # the examples of a Dataset would all have to be loaded
    in_train, in_val = _digests(parts.x_train), _digests(parts.x_val)
    labels = [*parts.y_train.tolist(), *parts.y_val.tolist()]
    classes = {} if parts.n_classes is None else _classes_by_example([*in_train, *in_val], labels)
    if len(classes) == 1:
        n_all = len(parts.y_train) + len(parts.y_val)
        yield (
            f"data: all {n_all:,} {one}s are equal, so there is nothing to learn; look at how the {one}s were saved "
            "(empty, only transparent, or scaled before the change to uint8?)"
        )
        return
    contradiction = _contradiction(classes, arrays, one)
    yield from contradiction
    n_shared = _count_in(in_val, in_train)
    if n_shared:
        than = "not that on" if contradiction else "better than on"
        yield (
            f"data: {n_shared:,} of the {counted(len(parts.y_val), f'validation {one}')} "
            f"{'is' if n_shared == 1 else 'are'} equal to training {one}s, so the score is {than} new {one}s"
        )


def _contradiction(classes: Mapping[bytes, Counter[int]], arrays: Arrays, one: str) -> list[str]:
    """Return a warning if many examples are equal to an example of another class; an empty list if not."""
    n_all = sum(count.total() for count in classes.values())
    several = [count for count in classes.values() if len(count) > 1]
    n_several = sum(count.total() for count in several)
    if n_several <= _MOST_IN_SEVERAL * n_all:
        return []
    first, second = (
        repr(arrays.class_names[label]) if arrays.class_names else str(label) for label in sorted(several[0])[:2]
    )
    a_one = f"{'an' if one[0] in 'aeiou' else 'a'} {one}"
    equal = f"{n_several:,} of the {n_all:,} {one}s are equal to {a_one} of another class"
    example = f"for example of classes {first} and {second} (a copy of a folder?)"
    return [f"data: {equal}, {example}; keep each {one} in one class"]


def _class_remarks(parts: Split, arrays: Arrays, n_classes: int, one: str) -> Iterator[str]:
    absent = np.flatnonzero(np.bincount(parts.y_val, minlength=n_classes) == 0)
    if len(absent) == n_classes - 1:
        yield (
            f"data: all validation {one}s have the same class, so a network that always predicts this class is always "
            f"right, and no score can show that a rate learned; validate on {one}s of several classes"
        )
    elif len(absent):
        names = [repr(arrays.class_names[label]) if arrays.class_names else str(label) for label in absent.tolist()]
        which = f"{'class' if len(names) == 1 else 'classes'} {some_of(names, _MOST_NAMED)}"
        why = (
            ""
            if arrays.y_val is not None
            else f", because the class has too few {one}s"
            if len(names) == 1
            else f", because the classes have too few {one}s"
        )
        yield f"data: there is no validation {one} of {which}{why}"


def _classes_by_example(digests: Sequence[bytes], labels: Sequence[int]) -> dict[bytes, Counter[int]]:
    """Count the classes of all examples that are equal, by the digest of the example."""
    found: dict[bytes, Counter[int]] = defaultdict(Counter)
    for digest, label in zip(digests, labels, strict=True):
        found[digest][label] += 1
    return found


def count_shared(x: Examples, x_train: Examples) -> int:
    """Count the examples of `x` that are equal to a training example. The examples of a Dataset are not read: 0."""
    if hasattr(x, "dataset") or hasattr(x_train, "dataset"):
        return 0
    return _count_in(_digests(x), _digests(x_train))


def _count_in(digests: Sequence[bytes], of_training: Iterable[bytes]) -> int:
    seen = frozenset(of_training)
    return sum(digest in seen for digest in digests)


def _digests(examples: Examples) -> list[bytes]:
    return [hashlib.blake2b(example.tobytes(), digest_size=16).digest() for example in examples]


def _problems(data: DataSpec, n_train: int, available: int, n_classes: int, kind: str) -> list[str]:
    problems = []
    if n_train > available:
        problems.append(f"data.train_size: {n_train} exceeds the {available} training {kind}")
    elif n_train < n_classes:
        problems.append(
            f"data: {n_train} training {kind} are too few for {n_classes} classes; each class needs at least one"
        )
    if data.batch_size > min(n_train, available):
        problems.append(f"data.batch_size: {data.batch_size} exceeds the {min(n_train, available)} training {kind}")
    return problems


def _fingerprint(parts: Split) -> str:
    digest = hashlib.blake2b(digest_size=16)
    for x, y in ((parts.x_train, parts.y_train), (parts.x_val, parts.y_val)):
        # A CRC of the pixels is four times as fast as blake2b. It detects changes, not forgery.
        digest.update(f"{x.shape} {parts.n_classes} {checksum(x)} {checksum(y)}\n".encode())
    return digest.hexdigest()
