"""Removes from a cache what killed processes left there."""

from __future__ import annotations

import contextlib
import shutil
import time
from pathlib import Path

_ABANDONED_SECONDS = 3600.0
"""A file that was not touched for so long is a leftover, because a process that writes touches its files often."""


def remove_leftovers(cache: Path) -> None:
    """Remove the unfinished files and folders of a cache that no process has touched for an hour.

    Args:
        cache: The folder. The names of unfinished files and folders in it begin with a dot.
    """
    with contextlib.suppress(OSError):
        for path in cache.glob(".*"):
            if time.time() - _last_touched(path) > _ABANDONED_SECONDS:
                if path.is_dir() and not path.is_symlink():
                    shutil.rmtree(path, ignore_errors=True)
                else:
                    path.unlink(missing_ok=True)


def _last_touched(path: Path) -> float:
    inside = path.rglob("*") if path.is_dir() and not path.is_symlink() else ()
    times: list[float] = [each.lstat().st_mtime for each in (path, *inside)]
    return max(times)
