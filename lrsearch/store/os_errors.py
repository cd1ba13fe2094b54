"""Turns errors of the file system into messages that say what to do."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from lrsearch.errors import StorageError


@contextmanager
def storage_errors(path: Path, needed: int = 0) -> Iterator[None]:
    """Turn an `OSError` into a `StorageError`.

    Args:
        path: What is being read or written.
        needed: Bytes to be written; the message names them if there is no space left.

    Raises:
        StorageError: Names the path, the reason and what to do.
    """
    try:
        yield
    except OSError as error:
        raise StorageError(f"{path}: {_explain(error, path, needed)}") from error


def _explain(error: OSError, path: Path, needed: int) -> str:
    match error.errno:
        case errno.ENOSPC | errno.EDQUOT:
            return f"no space left: {needed:,} bytes needed, {_free_bytes(path):,} free; make room, then resume"
        case errno.EROFS:
            return "the file system is read-only; make it writable, or choose another place with --runs-dir"
        case errno.EACCES | errno.EPERM:
            return "permission denied; make it writable, or choose another place with --runs-dir"
        case errno.ENOENT | errno.ESTALE:
            return "is not there (deleted or moved?)"
        case _:
            return error.strerror or str(error)


def _free_bytes(path: Path) -> int:
    with suppress(OSError):
        return shutil.disk_usage(path if path.is_dir() else path.parent).free
    return 0
