"""The data set `arrays`: the user's own .npz file."""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path

import numpy as np

from lrsearch.data.arrays import Arrays, parse_arrays
from lrsearch.errors import DataError

_KEYS = ("x_train", "y_train", "x_val", "y_val")


def load_npz(path: str) -> Arrays:
    """Read an .npz file; see `parse_arrays` for what it may hold.

    Args:
        path: The file. Only `x_train`, `y_train`, `x_val` and `y_val` are read.

    Raises:
        DataError: The file cannot be read; or it names every problem of the arrays in it.
    """
    place = Path(path).expanduser()
    try:
        with place.open("rb") as file:  # numpy does not close a damaged file if it is given the path
            archive = np.load(file, allow_pickle=False)
            if not isinstance(archive, np.lib.npyio.NpzFile):
                raise DataError(
                    f"{path}: a single array, not an .npz; save it with numpy.savez(path, x_train=..., y_train=...)"
                )
            # Read only these; the names of the others, such as a test set, are enough.
            members = {key: archive[key] if key in _KEYS else np.empty(0) for key in archive.files}
    except FileNotFoundError as error:
        raise DataError(f"{path}: no such file") from error
    except IsADirectoryError as error:
        raise DataError(f"{path}: a folder; expected an .npz file") from error
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror or error})") from error
    except (ValueError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise DataError(f"{path}: not an .npz of plain arrays ({error})") from error
    return parse_arrays(members, path)
