"""The loader of a data set: reads the arrays, checks that the files exist, and tells when the files have changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from lrsearch.catalog import DATASETS
from lrsearch.data.arrays import Arrays, Split, TestPart
from lrsearch.data.download import Progress
from lrsearch.errors import DataError
from lrsearch.spec import DataSpec


def _nothing(_: DataSpec) -> None:
    return


def _no_files(_: DataSpec) -> list[object]:
    return []


def _no_test(*_: object) -> None:
    return


def _as_it_is(parts: Split, _: DataSpec) -> Split:
    return parts


@dataclass(frozen=True, slots=True, kw_only=True)
class Loader:
    """How one data set is read. The module of a data set holds its loader in `LOADERS`, by its name.

    Attributes:
        load: Loads or downloads the data set, without its test set. The second argument is called as the bytes of a
            download arrive; None to report nothing. Raises DataError or DownloadError.
        state: Returns a value that changes when the files of the data set change. The function does not read the files.
        finish: Converts a split to the form that networks take, with facts from the training part alone: a vocabulary,
            or means and deviations. Images stay unchanged, because `ResidentImages` normalises them.
        resident: Import name of the module whose `RESIDENT` holds such examples on a device.
        test: Loads or downloads the test part, which only the final training of `lrsearch train` reads, once; None if
            the data set has no test part. Raises DataError or DownloadError.
        check_test: Raises DataError if a file of test examples that the user names cannot be opened.
        check: Raises DataError if files that the user names cannot be opened, or if the data do not fit into memory.
            Files that are downloaded are not checked.
        is_cached: Whether a split is kept on the disk.
    """

    load: Callable[[DataSpec, Progress | None], Arrays]
    finish: Callable[[Split, DataSpec], Split] = _as_it_is
    resident: str = "lrsearch.data.images"
    state: Callable[[DataSpec], list[object]] = _no_files
    test: Callable[[DataSpec, Progress | None], TestPart | None] = _no_test
    check_test: Callable[[DataSpec], None] = _nothing
    check: Callable[[DataSpec], None] = _nothing
    is_cached: bool = True


def loader_of(data: DataSpec) -> Loader:
    """Return the loader of the data set that a spec names. Its module is imported here."""
    loader: Loader = import_module(DATASETS[data.dataset.name].module).LOADERS[data.dataset.name]
    return loader


def path_of(data: DataSpec) -> str:
    """Return `data.path`, which a data set that is read from the user's files needs.

    Raises:
        DataError: The spec has no `data.path`.
    """
    if data.path is None:
        raise DataError(f"data.path: the data set {data.dataset.name!r} is read from files; set data.path to the files")
    return data.path


def state_of(path: Path) -> object:
    """Return the whole path and the state of a file; only the path if there is no such file."""
    try:
        return (str(path.resolve()), file_state(path))
    except (OSError, ValueError, RuntimeError):  # there is no such file; opening it tells why
        return (str(path), None)


def file_state(path: Path) -> tuple[int, int, int, int]:
    """Return numbers that change when a file is written again or replaced by another one, without reading the file.

    The size and the time of the content are not enough: programs such as `cp -p` and `touch -r` can keep both. Nobody
    can set the time at which the system changed the file (ctime). The number of the file (inode) tells two files apart
    that were written at the same moment.

    Raises:
        OSError: There is no such file.
    """
    stat = path.stat()
    return (stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino)
