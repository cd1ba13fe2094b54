"""Where data sets are kept."""

from __future__ import annotations

import os
from pathlib import Path


def data_root(root: str | None) -> Path:
    """The folder that holds the data sets.

    Args:
        root: `data.root` of the spec; None where it names none.

    Returns:
        `root`, else `$LRSEARCH_DATA`, else `data` in the user's cache folder. It need not exist yet.
    """
    named = root or os.environ.get("LRSEARCH_DATA")
    return Path(named).expanduser() if named else _cache() / "data"


def splits_root() -> Path:
    """The folder that holds what is made from data sets, to be opened faster: `splits` in the user's cache folder."""
    return _cache() / "splits"


def _cache() -> Path:
    from platformdirs import user_cache_path

    return user_cache_path("lrsearch")
