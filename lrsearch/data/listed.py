"""Examples that a `torch.utils.data.Dataset` loads one by one, so that they need not fit into memory."""

from __future__ import annotations

import math
import random
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from lrsearch.data.arrays import Targets
from lrsearch.errors import DataError
from lrsearch.plugins import users_traceback

_SAMPLED = 32
"""Number of examples whose content is part of the fingerprint. To read all of them could take hours."""

REGRESSION = '@lrsearch.dataset(task="regression") above the function'
"""What a plugin writes for numbers to predict, in messages."""

_INDEX_SEED = 1_000_003  # a prime: the seeds of neighbouring examples have nothing in common


@dataclass(frozen=True, slots=True, eq=False)
class ListedExamples:
    """Some examples of a Dataset, in an order. It can be indexed and measured like an array of examples.

    Attributes:
        dataset: The Dataset, whose items are pairs of an example and its class, or its number to predict.
        indices: Indices of the examples in the Dataset; (N,).
        source: What messages call the Dataset.
        example_shape: Shape of an example.
        has_numbers: Whether the second item of a pair is a number to predict.
    """

    dataset: Any
    indices: npt.NDArray[np.int64]
    source: str
    example_shape: tuple[int, ...]
    has_numbers: bool = False

    @property
    def shape(self) -> tuple[int, ...]:
        """(N, *shape of an example)."""
        return (len(self.indices), *self.example_shape)

    def __len__(self) -> int:
        return len(self.indices)

    def __getitem__(self, chosen: npt.NDArray[np.int64]) -> ListedExamples:
        """Return the examples at some positions; nothing is loaded."""
        return replace(self, indices=self.indices[chosen])

    def with_indices(self, indices: npt.NDArray[np.int64]) -> ListedExamples:
        """Return the examples of the same Dataset with other indices, (N,)."""
        return replace(self, indices=indices)

    def load(self, index: int, seed: int) -> tuple[Any, float]:
        """Load the example with an index in the Dataset; see `load_item`."""
        return load_item(self.dataset, index, seed, self.source, is_number=self.has_numbers)

    def checksum(self) -> int:
        """Compute a CRC-32 of some examples, spread over all of them."""
        crc = 0
        chosen = np.unique(np.linspace(0, len(self) - 1, min(_SAMPLED, len(self))).astype(int))
        for index in self.indices[chosen].tolist():
            x, _ = self.load(index, 0)
            crc = zlib.crc32(np.ascontiguousarray(np.asarray(x)).tobytes(), crc)
        return crc


def list_dataset(dataset: Any, source: str, *, has_numbers: bool = False) -> tuple[ListedExamples, Targets]:  # noqa: ANN401  (any object with __len__ and __getitem__)
    """Return the examples of a Dataset, and their classes or numbers.

    Args:
        dataset: The Dataset. The classes come from its attribute `targets` or `labels`, as in torchvision; without it,
            all examples are loaded once.
        source: What messages call the Dataset.
        has_numbers: Whether it has numbers to predict, instead of classes.

    Raises:
        DataError: The Dataset is empty, or its items are not pairs of an example and a class, or a number.
    """
    with users_traceback(source):
        if not hasattr(dataset, "__len__") or not hasattr(dataset, "__getitem__"):
            raise DataError(
                f"{source}: the Dataset needs __len__ and __getitem__, so that its examples can be shuffled"
            )
        n = len(dataset)
    if n < 2:
        raise DataError(f"{source}: the Dataset has {n} examples; at least 2 are needed")
    x, first = load_item(dataset, 0, 0, source, is_number=has_numbers)
    if not np.shape(x):
        raise DataError(f"{source}: the example of item 0 is a single number; expected a tensor or an array")
    listed = ListedExamples(dataset, np.arange(n), source, tuple(np.shape(x)), has_numbers)
    targets = _given_targets(dataset, n, "iuf" if has_numbers else "iu")
    if targets is None or targets[0] != first:  # a transform of the Dataset may change its classes
        targets = np.array([listed.load(index, 0)[1] for index in range(n)])
    return listed, targets.astype(np.float64 if has_numbers else np.int64)


def _given_targets(dataset: Any, n: int, kinds: str) -> Targets | None:  # noqa: ANN401  (see list_dataset)
    """Return the classes that a Dataset, or the Dataset of which it is a Subset, has as an attribute; else None."""
    inner, indices = getattr(dataset, "dataset", None), getattr(dataset, "indices", None)
    if inner is not None and indices is not None:
        whole = _given_targets(inner, len(inner), kinds)
        return None if whole is None else whole[np.asarray(indices)]
    for name in ("targets", "labels"):
        values = np.asarray(getattr(dataset, name, ()))
        if values.shape == (n,) and values.dtype.kind in kinds:
            return values
    return None


def load_item(
    dataset: Any,  # noqa: ANN401  (see list_dataset)
    index: int,
    seed: int,
    source: str,
    *,
    is_number: bool = False,
) -> tuple[Any, float]:
    """Load one example and its class, or its number to predict.

    Random changes of the example depend only on the seed and the index.

    Raises:
        DataError: The item is not a pair of an example and a class, or a number.
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
        label = float(y)
    except (TypeError, ValueError):
        label = math.nan
    if is_number and not math.isfinite(label):
        raise DataError(f"{source}: the number of item {index} is {_shown(y)}; expected a finite number")
    if not is_number and not (label.is_integer() and label >= 0):
        advice = f"; for numbers to predict, write {REGRESSION}" if label % 1 > 0 else ""
        raise DataError(f"{source}: the class of item {index} is {_shown(y)}; expected a whole number from 0{advice}")
    return x, label if is_number else int(label)


def _shown(y: Any) -> str:  # noqa: ANN401  (what a Dataset returned)
    return f"{float(y):g}" if isinstance(y, int | float) or getattr(y, "shape", None) == () else _a(y)


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
