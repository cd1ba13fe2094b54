"""From the spec's data section to the data: the one entry point of the room."""

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
from lrsearch.data.folder import list_folder, load_folder
from lrsearch.data.mnist import SOURCES as MNIST_SOURCES
from lrsearch.data.mnist import load_mnist, mnist_files
from lrsearch.data.npz import load_npz
from lrsearch.data.places import data_root, splits_root
from lrsearch.data.split import split
from lrsearch.data.split_cache import kept_split
from lrsearch.data.synthetic import make_synthetic
from lrsearch.errors import DataError
from lrsearch.spec import DataSpec

_FORMAT = 1  # of kept splits; a change of the drawing or of a reader makes it another
_opened: list[tuple[str, Split]] = []  # the last one only, with what it was made from


def open_split(data: DataSpec, progress: Progress | None = None) -> Split:
    """Find or fetch a data set, and split it.

    The last one is remembered: a search looks at its data before it trains.

    Args:
        data: The spec's data section.
        progress: Told of the bytes of a download.

    Returns:
        The training and the validation part. Do not write into them: the next call may answer the same arrays.

    Raises:
        DownloadError: The data set is not there and cannot be fetched.
        DataError: Files are not what they should be, or too few examples for the sizes asked for.
    """
    made_from = _made_from(data)
    if not _opened or _opened[0][0] != made_from:
        _opened.clear()  # before the next is loaded: two large sets might not fit
        name = f"{data.dataset.name}-{hashlib.blake2b(made_from.encode(), digest_size=8).hexdigest()}"
        _opened.append((made_from, kept_split(splits_root() / name, lambda: _make_split(data, progress))))
    parts = _opened[0][1]
    # The size of a batch plays no part in a split, but one that is too large is an error of the split's.
    return parts if data.batch_size <= len(parts.y_train) else _make_split(data, progress)


def _make_split(data: DataSpec, progress: Progress | None) -> Split:
    return split(load_arrays(data, progress), data)


def load_arrays(data: DataSpec, progress: Progress | None = None) -> Arrays:
    """Find or fetch a data set, and read all but its test set.

    Args:
        data: The spec's data section.
        progress: Told of the bytes of a download.

    Raises:
        DownloadError: The data set is not there and cannot be fetched.
        DataError: Files are not what they should be.
    """
    name, options = data.dataset.name, data.dataset.options
    if name == "digits":
        return load_digits()
    if name == "synthetic":
        shape = cast("tuple[int, int, int]", options["shape"])
        return make_synthetic(shape, cast("int", options["classes"]), cast("int", options["size"]), data.split_seed)
    if name == "arrays":
        return load_npz(_path(data))
    root = data_root(data.root)
    if name == "folder":
        return load_folder(_path(data), cast("tuple[int, int, int]", options["shape"]), root / "folder")
    if name in MNIST_SOURCES:
        return load_mnist(MNIST_SOURCES[name], root, progress)
    return load_cifar(CIFAR_SOURCES[name], root, progress)


def _path(data: DataSpec) -> str:
    if data.path is None:
        raise DataError(f"data.path: the data set {data.dataset.name!r} needs the place of its files")
    return data.path


def _made_from(data: DataSpec) -> str:
    """All that decides what a split holds: the spec, and the state of the files; another text means other data."""
    named, sizes = data.dataset, (data.train_size, data.val_fraction, data.split_seed)
    return json.dumps([_FORMAT, named.name, dict(named.options), sizes, _state_of_files(data)], sort_keys=True)


def _state_of_files(data: DataSpec) -> list[object]:
    """The files that the data are read from, as they are now."""
    if data.dataset.name == "folder":
        return [listing.digest for listing in list_folder(_path(data)).values()]
    if data.dataset.name == "arrays":
        return [_state(Path(_path(data)).expanduser())]
    root = data_root(data.root)
    if data.dataset.name in MNIST_SOURCES:
        return [_state(path) for path in mnist_files(MNIST_SOURCES[data.dataset.name], root)]
    if data.dataset.name in CIFAR_SOURCES:
        return [_state(path) for path in cifar_files(CIFAR_SOURCES[data.dataset.name], root)]
    return []


def _state(path: Path) -> object:
    stat = path.stat() if path.exists() else None
    return (str(path.resolve()), stat and (stat.st_size, stat.st_mtime_ns))
