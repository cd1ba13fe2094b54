"""Errors of a file system, for people."""

from __future__ import annotations

import errno
import os
import types

import pytest

from lrsearch.errors import StorageError
from lrsearch.store.os_errors import storage_errors


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (
            errno.EROFS,
            "the file system is read-only; make the file system writable, or choose another place with --runs-dir",
        ),
        (errno.EACCES, "permission is denied; make the path writable, or choose another place with --runs-dir"),
        (errno.ENOENT, "does not exist"),
        (errno.EISDIR, "is a folder, but lrsearch keeps a file here; move the folder away, then resume"),
        (errno.ENOTDIR, "a part of this path is a file, not a folder; move the file away, then resume"),
        (errno.ENAMETOOLONG, "the name is too long; choose a shorter name"),
        (errno.EIO, os.strerror(errno.EIO)),
    ],
)
def test_errors_say_what_to_do(tmp_path, code, words):
    """Every error of the system names the path and the reason."""
    path = tmp_path / "run.json"
    with pytest.raises(StorageError) as caught, storage_errors(path):
        raise OSError(code, os.strerror(code))
    assert str(caught.value).startswith(f"{path}: {words}")


@pytest.mark.parametrize(
    ("n_files", "n_free", "words"),
    [
        (1000, 0, "no space left: the file system can hold no more files (no free inode)"),
        (1000, 5, "no space left: 7 bytes are needed, "),
        (0, 0, "no space left: 7 bytes are needed, "),  # btrfs counts none
    ],
)
def test_no_free_inode_is_not_a_lack_of_bytes(tmp_path, monkeypatch, n_files, n_free, words):
    """There may be gigabytes left where no file can be made."""
    status = types.SimpleNamespace(f_files=n_files, f_favail=n_free)
    monkeypatch.setattr("lrsearch.store.os_errors.os.statvfs", lambda _: status)
    monkeypatch.setattr("lrsearch.store.os_errors.shutil.disk_usage", lambda _: types.SimpleNamespace(free=3))
    with pytest.raises(StorageError) as caught, storage_errors(tmp_path / "x", needed=7):
        raise OSError(errno.ENOSPC, "No space left on device")
    assert str(caught.value).startswith(f"{tmp_path / 'x'}: {words}")


def test_a_quota(tmp_path):
    """The disk may be half empty."""
    with pytest.raises(StorageError, match="your disk quota is used up"), storage_errors(tmp_path / "x", needed=7):
        raise OSError(errno.EDQUOT, "Disk quota exceeded")
