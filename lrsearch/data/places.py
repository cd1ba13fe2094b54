"""Folders in which data sets and split data are stored."""

from __future__ import annotations

import os
from pathlib import Path


def data_root(root: str | None) -> Path:
    """The folder that stores the data sets.

    Args:
        root: `data.root` of the spec, or None.

    Returns:
        `root`, else `$LRSEARCH_DATA`, else `data` in the user's cache folder. It may not exist yet.
    """
    named = root or os.environ.get("LRSEARCH_DATA")
    return Path(named).expanduser() if named else _cache() / "data"


def splits_root() -> Path:
    """The folder that caches split data sets, so that they open faster: `splits` in the user's cache folder."""
    return _cache() / "splits"


def _cache() -> Path:
    from platformdirs import user_cache_path

    return user_cache_path("lrsearch")
