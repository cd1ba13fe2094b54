"""The validation part that a file decides: by indices, by groups that stay together, or by time."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from lrsearch.data.arrays import Arrays
from lrsearch.data.places import named_path
from lrsearch.errors import DataError
from lrsearch.seeds import seed_for
from lrsearch.spec import DataSpec, SplitFile, validation_size

Indices = npt.NDArray[np.int64]


def given_split(rule: SplitFile, arrays: Arrays, data: DataSpec) -> tuple[Indices, Indices]:
    """Return the indices of the examples to train and to validate with, both ascending.

    Args:
        rule: The spec's `data.split`.
        arrays: The data set, without a validation part of its own.
        data: The spec's data section.

    Raises:
        DataError: The file cannot be read or does not fit the data, a part would be empty, or a class would have no
            example to train with.
    """
    where, n = f"data.split.{rule.kind}: {rule.path}", len(arrays.y_train)
    if arrays.y_val is not None:
        raise DataError("data.split: the data set has a validation part of its own; remove data.split")
    if rule.kind == "indices":
        train, val = _by_indices(where, rule.path, n)
    else:
        values = _read(where, rule.path)
        if not isinstance(values, np.ndarray) or values.ndim != 1 or values.dtype.kind not in "biufMSU":
            raise DataError(f"{where}: expected an .npy with one array of numbers, times or texts, (N,)")
        if len(values) != n:
            raise DataError(f"{where}: holds {len(values)} values, but there are {n} examples to split")
        n_val = validation_size(n, data.val_fraction)
        is_val = _by_groups(where, values, n_val, data.split_seed) if rule.kind == "groups" else _by_time(values, n_val)
        train, val = np.flatnonzero(~is_val), np.flatnonzero(is_val)
    if not len(train) or not len(val):
        raise DataError(f"{where}: leaves no example to {'train' if not len(train) else 'validate'} with")
    if arrays.n_classes is not None:
        absent = np.setdiff1d(np.arange(arrays.n_classes), arrays.y_train[train])
        if len(absent):
            raise DataError(f"{where}: class {absent[0]} has no example to train with")
    return train, val


def _read(where: str, path: str) -> Any:  # noqa: ANN401  (an array, or arrays by name)
    place: Path = named_path(path)
    try:
        return np.load(place, allow_pickle=False)
    except FileNotFoundError:
        raise DataError(f"{where}: no such file") from None
    except (OSError, ValueError, EOFError) as error:
        raise DataError(f"{where}: is not a file of numpy arrays ({str(error).splitlines()[0]})") from None


def _by_indices(where: str, path: str, n: int) -> tuple[Indices, Indices]:
    held = _read(where, path)
    if isinstance(held, np.ndarray) or not {"train", "val"} <= set(held):
        raise DataError(f"{where}: expected an .npz with the arrays train and val")
    train, val = (_indices(where, held, name, n) for name in ("train", "val"))
    if len(both := np.intersect1d(train, val)):
        raise DataError(f"{where}: example {both[0]} is in train and in val")
    return train, val


def _indices(where: str, held: Mapping[str, Any], name: str, n: int) -> Indices:
    """Return the indices of one part, ascending."""
    try:
        indices = held[name]
    except ValueError:
        raise DataError(f"{where}: {name} is no plain array") from None
    if indices.ndim != 1 or indices.dtype.kind not in "iu":
        found = f"{indices.dtype} of shape {indices.shape}"
        raise DataError(f"{where}: {name} holds {found}; expected whole numbers, (n,)")
    if len(indices) and not 0 <= indices.min() <= indices.max() < n:
        found = f"{indices.min()} to {indices.max()}"
        raise DataError(f"{where}: {name} has indices from {found}; allowed are 0 to {n - 1}")
    if len(np.unique(indices)) < len(indices):
        raise DataError(f"{where}: {name} has an index twice")
    return np.sort(indices.astype(np.int64))


def _by_groups(where: str, groups: npt.NDArray[Any], n_val: int, split_seed: int) -> npt.NDArray[np.bool_]:
    """Draw whole groups until they hold `n_val` examples."""
    _, numbers, counts = np.unique(groups, return_inverse=True, return_counts=True)
    if len(counts) < 2:
        raise DataError(f"{where}: all examples are in one group; at least two are needed")
    # Raw bits of PCG64 are the same in every version of numpy; see `stratified`.
    order = np.argsort(np.random.PCG64(seed_for(split_seed, "split")).random_raw(len(counts)), kind="stable")
    n_before = np.cumsum(counts[order]) - counts[order]
    chosen = order[: max(1, min(int((n_before < n_val).sum()), len(counts) - 1))]
    return np.isin(numbers, chosen)


def _by_time(times: npt.NDArray[Any], n_val: int) -> npt.NDArray[np.bool_]:
    """Hold out the latest examples, and all that have the same time as the earliest of them."""
    is_late: npt.NDArray[np.bool_] = times >= np.sort(times)[-n_val]
    return is_late
