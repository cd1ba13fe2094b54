"""The data set `arrays`: a person's own .npz file."""

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
        DataError: The file cannot be read, or with every problem of what it holds.
    """
    place = Path(path).expanduser()
    try:
        with place.open("rb") as file:  # given a path, numpy leaves a damaged file open
            archive = np.load(file, allow_pickle=False)
            if not isinstance(archive, np.lib.npyio.NpzFile):
                raise DataError(
                    f"{path}: one array, not an .npz; save it with numpy.savez(path, x_train=..., y_train=...)"
                )
            # the others, a test set among them, for their names alone
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
