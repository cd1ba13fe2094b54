"""Turns file system errors into messages that say what to do."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from lrsearch.errors import StorageError

AGAIN = "then run the command again"
"""What to do once there is space, if there is no run to resume yet."""


_REASONS = {
    errno.EROFS: "the file system is read-only; make the file system writable, or choose another place with --runs-dir",
    **dict.fromkeys(
        (errno.EACCES, errno.EPERM),
        "permission is denied; make the path writable, or choose another place with --runs-dir",
    ),
    **dict.fromkeys((errno.ENOENT, errno.ESTALE), "does not exist (deleted or moved?)"),
    errno.ENAMETOOLONG: "the name is too long; choose a shorter name, or a shorter path with --runs-dir",
}
_IN_THE_WAY = {
    errno.EISDIR: "is a folder, but lrsearch keeps a file here; move the folder away",
    errno.ENOTDIR: "a part of this path is a file, not a folder; move the file away",
}


@contextmanager
def storage_errors(path: Path, needed: int = 0, then: str = "then resume") -> Iterator[None]:
    """Turn an `OSError` into a `StorageError`.

    Args:
        path: The file or folder that is being read or written.
        needed: Number of bytes to be written. The message gives this number if there is no space left.
        then: What to do once there is space, for the end of the message.

    Raises:
        StorageError: An `OSError` occurred; the message names the path, the reason and, if possible, what to do.
    """
    try:
        yield
    except OSError as error:
        raise StorageError(f"{path}: {_explain(error, path, needed, then)}") from error


def _explain(error: OSError, path: Path, needed: int, then: str) -> str:
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return f"{_explain_space(error, path, needed)}, {then}"
    in_the_way = _IN_THE_WAY.get(error.errno or 0)
    if in_the_way is not None:
        return f"{in_the_way}, {then}"
    return _REASONS.get(error.errno or 0) or error.strerror or str(error)


def _explain_space(error: OSError, path: Path, needed: int) -> str:
    if error.errno == errno.EDQUOT:
        return "your disk quota is used up; make room"
    if _has_no_inode(path):
        return "no space left: the file system can hold no more files (no free inode); remove some files"
    return f"no space left: {needed:,} bytes are needed, and {_free_bytes(path):,} are free; make room"


def _free_bytes(path: Path) -> int:
    with suppress(OSError):
        return shutil.disk_usage(path if path.is_dir() else path.parent).free
    return 0


def _has_no_inode(path: Path) -> bool:
    """Whether a file system has no free inode for one more file. False if the system does not count inodes."""
    if not hasattr(os, "statvfs"):
        return False
    with suppress(OSError):
        status = os.statvfs(path if path.is_dir() else path.parent)
        return status.f_files > 0 and status.f_favail == 0
    return False
