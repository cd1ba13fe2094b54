"""Errors of a file system, for people."""

from __future__ import annotations

import errno
import os

import pytest

from lrsearch.errors import StorageError
from lrsearch.store.os_errors import storage_errors


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (errno.EROFS, "the file system is read-only; make it writable, or choose another place with --runs-dir"),
        (errno.EACCES, "permission denied; make it writable, or choose another place with --runs-dir"),
        (errno.ENOENT, "is not there"),
        (errno.EIO, os.strerror(errno.EIO)),
    ],
)
def test_errors_say_what_to_do(tmp_path, code, words):
    """Every error of the system names the path and the reason."""
    path = tmp_path / "run.json"
    with pytest.raises(StorageError) as caught, storage_errors(path):
        raise OSError(code, os.strerror(code))
    assert str(caught.value).startswith(f"{path}: {words}")
