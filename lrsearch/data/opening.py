"""From the spec's data section to the data: the one entry point of the room."""

from __future__ import annotations

from pathlib import Path
from typing import cast

from lrsearch.data.arrays import Arrays, Split
from lrsearch.data.cifar import SOURCES as CIFAR_SOURCES
from lrsearch.data.cifar import load_cifar
from lrsearch.data.digits import load_digits
from lrsearch.data.download import Progress
from lrsearch.data.folder import list_folder, load_folder
from lrsearch.data.mnist import SOURCES as MNIST_SOURCES
from lrsearch.data.mnist import load_mnist
from lrsearch.data.npz import load_npz
from lrsearch.data.places import data_root
from lrsearch.data.split import split
from lrsearch.data.synthetic import make_synthetic
from lrsearch.errors import DataError
from lrsearch.spec import DataSpec

_opened: list[tuple[object, Split]] = []  # the last one only, with what it was made from


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
    made_from = (data, _state_of_files(data))
    if not _opened or _opened[0][0] != made_from:
        _opened.clear()  # before the next is loaded: two large sets might not fit
        _opened.append((made_from, split(load_arrays(data, progress), data)))
    return _opened[0][1]


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


def _state_of_files(data: DataSpec) -> object:
    """What tells that the same spec would find other data by now: the files, or the place where they are looked for."""
    if data.dataset.name == "folder":
        return [listing.digest for listing in list_folder(_path(data)).values()]
    if data.dataset.name == "arrays":
        place = Path(_path(data)).expanduser().resolve()
        stat = place.stat() if place.exists() else None
        return (place, stat and (stat.st_size, stat.st_mtime_ns))
    return data_root(data.root).resolve()
