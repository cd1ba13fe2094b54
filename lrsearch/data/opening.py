"""Opens the data that the spec's data section names: the entry point of this package."""

from __future__ import annotations

import hashlib
import json

from lrsearch.data.arrays import Arrays, Split
from lrsearch.data.download import Progress
from lrsearch.data.loader import loader_of, state_of
from lrsearch.data.places import data_root, named_path, splits_root
from lrsearch.data.split import split
from lrsearch.data.split_cache import cached_split
from lrsearch.errors import DataError
from lrsearch.spec import DataSpec

_FORMAT = 4  # version of cached splits; increase it when a split is drawn or a data set is read in another way
_opened: list[tuple[str, Split]] = []  # the last split only, with the key of its source


def open_split(data: DataSpec, progress: Progress | None = None) -> Split:
    """Load or download a data set, and split it.

    The last split stays in memory, because a search opens its data twice: to check the data, and to train.

    Args:
        data: The spec's data section.
        progress: Called as the bytes of a download arrive.

    Returns:
        The training and the validation part. Do not write into the arrays, because the next call may return the same
        arrays.

    Raises:
        DownloadError: The data set is missing and cannot be downloaded.
        DataError: Files do not contain what the spec says, or there are too few examples for its sizes.
    """
    key = _split_key(data)
    if not _opened or _opened[0][0] != key:
        _opened.clear()  # before loading the next one: two large data sets might not fit into memory
        name = f"{data.dataset.name}-{hashlib.blake2b(key.encode(), digest_size=8).hexdigest()}"
        root = splits_root() if loader_of(data).is_cached else None
        folder = None if root is None else root / name
        _opened.append((key, cached_split(folder, lambda: _make_split(data, progress))))
    parts = _opened[0][1]
    # batch_size is not part of the key. If it is too large, splitting again raises the error.
    return parts if data.batch_size <= len(parts.y_train) else _make_split(data, progress)


def _make_split(data: DataSpec, progress: Progress | None) -> Split:
    loader = loader_of(data)
    return loader.finish(split(loader.load(data, progress), data), data)


def load_arrays(data: DataSpec, progress: Progress | None = None) -> Arrays:
    """Load or download a data set, without its test set.

    Args:
        data: The spec's data section.
        progress: Called as the bytes of a download arrive.

    Raises:
        DownloadError: The data set is missing and cannot be downloaded.
        DataError: Files do not contain what the spec says.
    """
    return loader_of(data).load(data, progress)


def check_files(data: DataSpec) -> None:
    """Check that a search can open its data, without reading the data.

    Data sets that are downloaded are not checked.

    Args:
        data: The spec's data section.

    Raises:
        DataError: `data.path` does not exist, cannot be read, or is not what the data set is read from; or the images
            do not fit into memory; or the data set is `own`, which only Python can give.
    """
    try:
        loader_of(data).check(data)
    except OSError as error:
        raise DataError(f"{data.path}: cannot be read ({error.strerror})") from error


def _split_key(data: DataSpec) -> str:
    """Return the key of a split: the settings that decide what the split contains, and the state of the files."""
    named, sizes = data.dataset, (data.train_size, data.val_fraction, data.split_seed)
    parts: list[object] = [_FORMAT, named.name, dict(named.options), sizes, _state_of_files(data)]
    if data.split is not None:
        parts.append([data.split.kind, state_of(named_path(data.split.path))])
    return json.dumps(parts, sort_keys=True)


def _state_of_files(data: DataSpec) -> list[object]:
    """Return a value that changes when the files of the data change."""
    try:
        return loader_of(data).state(data)
    except OSError as error:
        raise DataError(f"{data_root(data.root)}: cannot be read ({error.strerror or error})") from error
