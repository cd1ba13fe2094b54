"""The data set `arrays`: the user's own .npz file."""

from __future__ import annotations

import contextlib
import stat
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import numpy as np
import numpy.typing as npt

from lrsearch.data.arrays import Arrays, TestPart
from lrsearch.data.image_arrays import parse_arrays, parse_test
from lrsearch.data.loader import Loader, path_of, state_of
from lrsearch.data.memory import check_fits
from lrsearch.data.places import named_path
from lrsearch.errors import DataError
from lrsearch.spec import DataSpec

_KEYS = ("x_train", "y_train", "x_val", "y_val")
_HOW = "save it with numpy.savez(path, x_train=..., y_train=...)"
_TEST_KEYS = ("x_train", "y_train", "x_test", "y_test")
_ZIP, _NPY = b"PK", b"\x93NUMPY"  # how an .npz and an .npy begin


def load_npz(path: str) -> Arrays:
    """Read an .npz file; see `parse_arrays` for what it may hold.

    Args:
        path: The file. Only `x_train`, `y_train`, `x_val` and `y_val` are read.

    Raises:
        DataError: The file cannot be read, or its arrays have problems. The error names every problem.
    """
    return parse_arrays(_read(path, _KEYS), path)


def load_npz_test(path: str) -> TestPart | None:
    """Read the test part of an .npz file, `x_test` and `y_test`; None if the file has no test part.

    Raises:
        DataError: The file cannot be read, or its arrays have problems. The error names every problem.
    """
    return parse_test(_read(path, _TEST_KEYS), path)


def _read(path: str, keys: tuple[str, ...]) -> dict[str, npt.NDArray[Any]]:
    """Read some arrays of a file, by name. All other arrays are empty."""
    with _naming(path):
        place = named_path(path)
        _check_kind(place, path)
        members = _read_members(place, path, keys)
    if raw := [key for key, value in members.items() if value is None]:
        raise DataError(*(f"{path}: {key} is not an array; save the array with numpy.savez" for key in raw))
    return {key: value for key, value in members.items() if value is not None}


@contextlib.contextmanager
def _naming(path: str) -> Iterator[None]:
    """In the `with` block, turn an exception about a file into a DataError that names the file."""
    try:
        yield
    except DataError:
        raise
    except FileNotFoundError as error:
        raise DataError(f"{path}: no such file") from error
    except MemoryError as error:
        raise DataError(f"{path}: its arrays do not fit into memory ({error}); save fewer or smaller images") from error
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror or error})") from error
    except Exception as error:  # numpy, zipfile and the decompressors raise anything at a damaged file
        why = error or type(error).__name__
        if "Object arrays" in str(error):
            why = "an array holds Python objects, as a list of images of unequal sizes does; make them one size"
        raise DataError(f"{path}: is not an .npz of plain arrays ({why}); {_HOW}") from error


def _check_kind(place: Path, path: str) -> None:
    """Refuse a path that is no regular file (a FIFO would never end), and a file that does not begin like an .npz."""
    mode = place.stat().st_mode
    if stat.S_ISDIR(mode):
        raise DataError(f"{path}: is a folder; expected an .npz file")
    if not stat.S_ISREG(mode):
        raise DataError(f"{path}: is not a regular file; expected an .npz file")
    with place.open("rb") as file:
        start = file.read(len(_NPY))
    if start == _NPY:
        raise DataError(f"{path}: is a single array, not an .npz; {_HOW}")
    if not start.startswith(_ZIP):
        what = "the file is empty" if not start else f"the file begins with {start!r}, an .npz with {_ZIP!r}"
        raise DataError(f"{path}: is not an .npz of plain arrays ({what}); {_HOW}")


def _read_members(place: Path, path: str, keys: tuple[str, ...]) -> dict[str, npt.NDArray[Any] | None]:
    """Read the arrays of a file, by name; None for a member that is not an array."""
    with place.open("rb") as file:  # numpy does not close a damaged file if it is given the path
        archive = np.load(file, allow_pickle=False)
        _check_size(archive.zip, path, keys)
        # Read only these arrays. Of the others, such as a test set, the names are enough.
        members = {key: archive[key] if key in keys else np.empty(0) for key in archive.files}
    return {key: value if isinstance(value, np.ndarray) else None for key, value in members.items()}


def _check_size(archive: ZipFile, path: str, keys: tuple[str, ...] = _KEYS) -> None:
    """Check that the arrays fit into memory, and that none of them is in the file twice.

    Raises:
        DataError: The arrays do not fit, or an array is there twice.
    """
    names = Counter(info.filename.removesuffix(".npy") for info in archive.infolist())
    if twice := [key for key in keys if names[key] > 1]:
        raise DataError(f"{path}: holds {', '.join(twice)} more than once; {_HOW}")
    sizes = {info.filename.removesuffix(".npy"): info.file_size for info in archive.infolist()}
    check_fits(sum(sizes.get(key, 0) for key in keys), path, "save fewer or smaller images")


def _check(data: DataSpec) -> None:
    path = path_of(data)
    with _naming(path):
        place = named_path(path)
        _check_kind(place, path)
        with ZipFile(place) as archive:
            _check_size(archive, path)


LOADERS = {
    "arrays": Loader(
        load=lambda data, _: load_npz(path_of(data)),
        state=lambda data: [state_of(named_path(path_of(data)))],
        test=lambda data, _: load_npz_test(path_of(data)),
        check=_check,
    )
}
