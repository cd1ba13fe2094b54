"""Examples that a `torch.utils.data.Dataset` loads one by one, so that they need not fit into memory."""

from __future__ import annotations

import random
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from lrsearch.data.arrays import Labels
from lrsearch.errors import DataError
from lrsearch.plugins import users_traceback

_SAMPLED = 32
"""Number of examples whose content is part of the fingerprint. To read all of them could take hours."""

_INDEX_SEED = 1_000_003  # a prime: the seeds of neighbouring examples have nothing in common


@dataclass(frozen=True, slots=True, eq=False)
class ListedExamples:
    """Some examples of a Dataset, in an order. It can be indexed and measured like an array of examples.

    Attributes:
        dataset: The Dataset, whose items are pairs of an example and its class.
        indices: Indices of the examples in the Dataset; (N,).
        source: What messages call the Dataset.
        example_shape: Shape of an example.
    """

    dataset: Any
    indices: npt.NDArray[np.int64]
    source: str
    example_shape: tuple[int, ...]

    @property
    def shape(self) -> tuple[int, ...]:
        """(N, *shape of an example)."""
        return (len(self.indices), *self.example_shape)

    def __len__(self) -> int:
        return len(self.indices)

    def __getitem__(self, chosen: npt.NDArray[np.int64]) -> ListedExamples:
        """Return the examples at some positions; nothing is loaded."""
        return replace(self, indices=self.indices[chosen])

    def checksum(self) -> int:
        """Compute a CRC-32 of some examples, spread over all of them."""
        crc = 0
        chosen = np.unique(np.linspace(0, len(self) - 1, min(_SAMPLED, len(self))).astype(int))
        for index in self.indices[chosen].tolist():
            x, _ = load_item(self.dataset, index, 0, self.source)
            crc = zlib.crc32(np.ascontiguousarray(np.asarray(x)).tobytes(), crc)
        return crc


def list_dataset(dataset: Any, source: str) -> tuple[ListedExamples, Labels]:  # noqa: ANN401  (any object with __len__ and __getitem__)
    """Return the examples of a Dataset, and their classes.

    Args:
        dataset: The Dataset. The classes come from its attribute `targets` or `labels`, as in torchvision; without it,
            all examples are loaded once.
        source: What messages call the Dataset.

    Raises:
        DataError: The Dataset is empty, or its items are not pairs of numbers and a class.
    """
    with users_traceback(source):
        if not hasattr(dataset, "__len__") or not hasattr(dataset, "__getitem__"):
            raise DataError(
                f"{source}: the Dataset needs __len__ and __getitem__, so that its examples can be shuffled"
            )
        n = len(dataset)
    if n < 2:
        raise DataError(f"{source}: the Dataset has {n} examples; at least 2 are needed")
    x, first = load_item(dataset, 0, 0, source)
    if not np.shape(x):
        raise DataError(f"{source}: the example of item 0 is a single number; expected a tensor or an array")
    listed = ListedExamples(dataset, np.arange(n), source, tuple(np.shape(x)))
    labels = _given_labels(dataset, n)
    if labels is None or labels[0] != first:  # a transform of the Dataset may change its classes
        labels = np.array([load_item(dataset, index, 0, source)[1] for index in range(n)], dtype=np.int64)
    return listed, labels


def _given_labels(dataset: Any, n: int) -> Labels | None:  # noqa: ANN401  (see list_dataset)
    """Return the classes that a Dataset, or the Dataset of which it is a Subset, has as an attribute; else None."""
    inner, indices = getattr(dataset, "dataset", None), getattr(dataset, "indices", None)
    if inner is not None and indices is not None:
        whole = _given_labels(inner, len(inner))
        return None if whole is None else whole[np.asarray(indices)]
    for name in ("targets", "labels"):
        values = np.asarray(getattr(dataset, name, ()))
        if values.shape == (n,) and values.dtype.kind in "iu":
            return values.astype(np.int64)
    return None


def load_item(dataset: Any, index: int, seed: int, source: str) -> tuple[Any, int]:  # noqa: ANN401  (see list_dataset)
    """Load one example and its class. Random changes of the example depend only on the seed and the index.

    Raises:
        DataError: The item is not a pair of numbers and a class.
        PluginError: The Dataset raised an exception.
    """
    with users_traceback(source), _seeded((seed + index * _INDEX_SEED) % 2**32):
        item = dataset[index]
    if not isinstance(item, tuple | list) or len(item) != 2:
        raise DataError(f"{source}: item {index} is {_a(item)}; expected a pair (example, class)")
    x, y = item
    if not isinstance(x, np.ndarray) and not hasattr(x, "detach") and not isinstance(x, int | float):
        raise DataError(f"{source}: the example of item {index} is {_a(x)}; expected a tensor or an array")
    try:
        label = int(y)
    except (TypeError, ValueError):
        raise DataError(f"{source}: the class of item {index} is {_a(y)}; expected a whole number from 0") from None
    if label != y or label < 0:
        raise DataError(f"{source}: the class of item {index} is {y}; expected a whole number from 0")
    return x, label


def _a(value: object) -> str:
    return "None" if value is None else f"of type {type(value).__name__}"


@contextmanager
def _seeded(seed: int) -> Iterator[None]:
    """Seed the random generators of Python, numpy and torch inside a block, and restore them."""
    import torch

    states = random.getstate(), np.random.get_state(), torch.get_rng_state()  # noqa: NPY002  (datasets use it)
    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002
    torch.default_generator.manual_seed(seed)
    try:
        yield
    finally:
        random.setstate(states[0])
        np.random.set_state(states[1])  # noqa: NPY002
        torch.set_rng_state(states[2])
