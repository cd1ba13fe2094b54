"""Checks that the files of your own data set are there, without reading them. This is for a plan without training."""

from __future__ import annotations

import os

from lrsearch.data.folder_listing import list_folder
from lrsearch.data.places import named_path
from lrsearch.errors import DataError
from lrsearch.spec import DataSpec


def check_files(data: DataSpec) -> None:
    """Raise an error if the files that a spec names cannot be opened. Data sets that are downloaded are not checked.

    Args:
        data: The spec's data section.

    Raises:
        DataError: `data.path` does not exist, cannot be read, or is not what the data set needs: a file of arrays, or
            a folder with one folder of images per class. Or the data set is `own`, which must be given from Python.
    """
    if data.dataset.name == "own":
        raise DataError("data.dataset: 'own' means arrays given from Python; call run_search(spec, data=...)")
    if data.path is None:
        return
    try:
        if data.dataset.name == "folder":
            list_folder(data.path)
        else:
            _check_file(data.path)
    except OSError as error:
        raise DataError(f"{data.path}: cannot be read ({error.strerror})") from error


def _check_file(path: str) -> None:
    place = named_path(path)
    if not place.exists():
        raise DataError(f"{path}: no such file")
    if place.is_dir():
        raise DataError(f"{path}: a folder; expected an .npz file")
    if not place.is_file():
        raise DataError(f"{path}: not a file; expected an .npz file")
    if not os.access(place, os.R_OK):
        raise DataError(f"{path}: cannot be read (Permission denied)")
