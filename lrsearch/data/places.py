"""Folders in which data sets and split data are stored."""

from __future__ import annotations

import os
from pathlib import Path

from lrsearch.errors import DataError


def data_root(root: str | None) -> Path:
    """Return the folder that stores the data sets.

    Args:
        root: `data.root` of the spec, or None.

    Returns:
        `root`, else `$LRSEARCH_DATA`, else `data` in the user's cache folder. The folder may not exist yet.

    Raises:
        DataError: No folder is named, and the user has no home folder; or a file stands in the place of the folder.
    """
    named = root or os.environ.get("LRSEARCH_DATA")
    place = named_path(named) if named else _cache_folder("data")
    if place is None:
        raise DataError(
            "there is no home folder to store data sets in; name a folder with data.root, or set HOME to a folder of "
            "yours"
        )
    file = next((each for each in (place, *place.parents) if _is_file(each)), None)
    if file is not None:
        where = "data.root: " if root else "LRSEARCH_DATA: " if named else ""
        raise DataError(f"{where}{file} is a file, and data sets are stored in a folder; name a folder with data.root")
    return place


def splits_root() -> Path | None:
    """Return the folder that caches split data sets to open them faster: `splits` in the user's cache folder.

    Returns:
        The folder, which may not exist yet; None if the user has no home folder.
    """
    return _cache_folder("splits")


def resized_root() -> Path | None:
    """Return the folder that caches resized images of the data set `folder`: `folder` in the user's cache folder.

    Returns:
        The folder, which may not exist yet; None if the user has no home folder.
    """
    return _cache_folder("folder")


def named_path(path: str) -> Path:
    """Return a path that the user gives, with `~` replaced by the home folder.

    Raises:
        DataError: `~` names a user who does not exist.
    """
    try:
        return Path(path).expanduser()
    except RuntimeError as error:
        raise DataError(f"{path}: there is no home folder for {Path(path).parts[0]}; write the full path") from error


def _is_file(path: Path) -> bool:
    """Whether a file or a device stands at a path; False if the path cannot be looked at: opening it says why."""
    try:
        return path.is_file() or path.is_char_device()
    except OSError:
        return False


def _cache_folder(name: str) -> Path | None:
    from platformdirs import user_cache_path

    try:
        return user_cache_path("lrsearch") / name
    except RuntimeError:
        return None
