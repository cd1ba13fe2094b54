"""Opens the data that the spec's data section names: the entry point of this package."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import cast

from lrsearch.data.arrays import Arrays, Split
from lrsearch.data.cifar import SOURCES as CIFAR_SOURCES
from lrsearch.data.cifar import cifar_files, load_cifar
from lrsearch.data.digits import load_digits
from lrsearch.data.download import Progress
from lrsearch.data.folder import load_folder
from lrsearch.data.folder_listing import list_folder
from lrsearch.data.mnist import SOURCES as MNIST_SOURCES
from lrsearch.data.mnist import load_mnist, mnist_files
from lrsearch.data.npz import load_npz
from lrsearch.data.places import data_root, named_path, resized_root, splits_root
from lrsearch.data.split import split
from lrsearch.data.split_cache import cached_split
from lrsearch.data.synthetic import make_synthetic
from lrsearch.errors import DataError
from lrsearch.spec import DataSpec

_FORMAT = 2  # version of cached splits; increase it when a split is drawn or a data set is read in another way
_opened: list[tuple[str, Split]] = []  # the last split only, with the key of its source


def open_split(data: DataSpec, progress: Progress | None = None) -> Split:
    """Load or download a data set, and split it.

    The last split stays in memory, because a search opens its data twice: to check them, and to train.

    Args:
        data: The spec's data section.
        progress: Called with the bytes of a download.

    Returns:
        The training and the validation part. Do not write into them: the next call may return the same arrays.

    Raises:
        DownloadError: The data set is missing and cannot be downloaded.
        DataError: Files do not hold what the spec says, or there are too few examples for its sizes.
    """
    key = _split_key(data)
    if not _opened or _opened[0][0] != key:
        _opened.clear()  # before loading the next one: two large data sets might not fit into memory
        name = f"{data.dataset.name}-{hashlib.blake2b(key.encode(), digest_size=8).hexdigest()}"
        _opened.append((key, cached_split(splits_root() / name, lambda: _make_split(data, progress))))
    parts = _opened[0][1]
    # batch_size is not part of the key. If it is too large, splitting again raises the error.
    return parts if data.batch_size <= len(parts.y_train) else _make_split(data, progress)


def _make_split(data: DataSpec, progress: Progress | None) -> Split:
    return split(load_arrays(data, progress), data)


def load_arrays(data: DataSpec, progress: Progress | None = None) -> Arrays:
    """Load or download a data set, without its test set.

    Args:
        data: The spec's data section.
        progress: Called with the bytes of a download.

    Raises:
        DownloadError: The data set is missing and cannot be downloaded.
        DataError: Files do not hold what the spec says.
    """
    name, options = data.dataset.name, data.dataset.options
    if name == "digits":
        return load_digits()
    if name == "synthetic":
        shape = cast("tuple[int, int, int]", options["shape"])
        return make_synthetic(shape, cast("int", options["classes"]), cast("int", options["size"]), data.split_seed)
    if name == "arrays":
        return load_npz(_path(data))
    if name == "folder":
        return load_folder(_path(data), cast("tuple[int, int, int]", options["shape"]), resized_root())
    root = data_root(data.root)
    if name in MNIST_SOURCES:
        return load_mnist(MNIST_SOURCES[name], root, progress)
    return load_cifar(CIFAR_SOURCES[name], root, progress)


def _path(data: DataSpec) -> str:
    if data.path is None:
        raise DataError(f"data.path: the data set {data.dataset.name!r} is read from files; set data.path to the files")
    return data.path


def _split_key(data: DataSpec) -> str:
    """Return the key of a split as text: all in the spec that decides its content, and the state of the files."""
    named, sizes = data.dataset, (data.train_size, data.val_fraction, data.split_seed)
    return json.dumps([_FORMAT, named.name, dict(named.options), sizes, _state_of_files(data)], sort_keys=True)


def _state_of_files(data: DataSpec) -> list[object]:
    """Return path, size and time of the files that the data are read from."""
    if data.dataset.name == "folder":
        return [(listing.digest, listing.remarks) for listing in list_folder(_path(data)).values()]
    if data.dataset.name == "arrays":
        return [_state(named_path(_path(data)))]
    root = data_root(data.root)
    try:
        if data.dataset.name in MNIST_SOURCES:
            return [_state(path) for path in mnist_files(MNIST_SOURCES[data.dataset.name], root)]
        if data.dataset.name in CIFAR_SOURCES:
            return [_state(path) for path in cifar_files(CIFAR_SOURCES[data.dataset.name], root)]
    except OSError as error:
        raise DataError(f"{root}: cannot be read ({error.strerror or error})") from error
    return []


def _state(path: Path) -> object:
    try:
        stat = path.stat()
        return (str(path.resolve()), (stat.st_size, stat.st_mtime_ns))
    except (OSError, ValueError, RuntimeError):  # there is no such file; opening it tells why
        return (str(path), None)
