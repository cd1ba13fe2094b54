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
    """
    named = root or os.environ.get("LRSEARCH_DATA")
    return named_path(named) if named else _cache() / "data"


def splits_root() -> Path:
    """Return the folder that caches split data sets to open them faster: `splits` in the user's cache folder."""
    return _cache() / "splits"


def resized_root() -> Path:
    """Return the folder that caches resized images of the data set `folder`: `folder` in the user's cache folder."""
    return _cache() / "folder"


def named_path(path: str) -> Path:
    """Return a path that the user gives, with `~` replaced by the home folder.

    Raises:
        DataError: `~` names a user who does not exist.
    """
    try:
        return Path(path).expanduser()
    except RuntimeError as error:
        raise DataError(f"{path}: there is no home folder for {Path(path).parts[0]}; write the full path") from error


def _cache() -> Path:
    from platformdirs import user_cache_path

    try:
        return user_cache_path("lrsearch")
    except RuntimeError as error:
        raise DataError(
            "there is no home folder for the cache of data sets; set HOME, or XDG_CACHE_HOME, to a folder of yours"
        ) from error
