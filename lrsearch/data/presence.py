"""Looks whether the files of a data set of your own are there, without reading them: for a plan that trains nothing."""

from __future__ import annotations

import os

from lrsearch.data.folder_listing import list_folder
from lrsearch.data.places import named_path
from lrsearch.errors import DataError
from lrsearch.spec import DataSpec


def check_files(data: DataSpec) -> None:
    """Raise an error if the files that a spec names cannot be opened. Data sets that are downloaded are not looked for.

    Args:
        data: The spec's data section.

    Raises:
        DataError: `data.path` is missing, is not a file (of arrays) or a folder of images in classes, or cannot be
            read; or the data are those that only Python can give.
    """
    if data.dataset.name == "own":
        raise DataError("data.dataset: 'own' stands for arrays that are given from Python: run_search(spec, data=...)")
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
