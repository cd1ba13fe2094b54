"""All file operations of a run. A file is written completely or not at all, and every error says what to do.

Each step calls a function of `os`, directly or through pathlib, so that a test can replace it and stop the process
there. `failpoint` stops a process from outside. While a file or folder is being written, its name begins with `.new-`.
A file that keeps such a name was left by a killed process.
"""

from __future__ import annotations

import errno
import os
import shutil
import stat
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from lrsearch.errors import StorageError
from lrsearch.store.failpoint import reach
from lrsearch.store.os_errors import AGAIN, storage_errors

UNFINISHED = ".new-"


def read_file(path: Path) -> bytes:
    """Read a file.

    Raises:
        StorageError: The file cannot be read, or the path is a symbolic link.
    """
    refuse_link(path)
    with storage_errors(path):
        return path.read_bytes()


def refuse_link(path: Path) -> None:
    """Raise an error if a path is a symbolic link.

    Raises:
        StorageError: The path is a symbolic link.
    """
    if path.is_symlink():
        raise StorageError(
            f"{path}: is a symbolic link; a run reads no files outside its folder, so replace the link with the file"
        )


def open_append(path: Path) -> int:
    """Open a file for appending; create it if it is missing.

    Returns:
        An unbuffered file descriptor. Close it with `close`.

    Raises:
        StorageError: The file cannot be opened, or the path is a symbolic link.
    """
    refuse_link(path)
    with storage_errors(path):
        is_new = not path.exists()
        if is_new:
            reach("create")
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o666)
        if is_new:
            _sync_folder(path.parent)
    return descriptor


def append(descriptor: int, content: bytes, path: Path) -> int:
    """Append all of the bytes or none. Once this function returns, the bytes survive a kill of the process.

    Args:
        descriptor: The descriptor from `open_append`.
        content: The bytes to append.
        path: The file's path. The file must still exist there: bytes written to a deleted file would be lost.

    Returns:
        The offset at which the content begins.

    Raises:
        StorageError: There is no space left, or the file is gone. The earlier content is kept.
    """
    with storage_errors(path, needed=len(content)):
        status = os.fstat(descriptor)
        if not os.path.samestat(status, path.stat()):
            raise FileNotFoundError(errno.ENOENT, "", str(path))
        try:
            _write_all(descriptor, content)
        except OSError:
            with suppress(OSError):
                os.ftruncate(descriptor, status.st_size)
            raise
    return status.st_size


def truncate(descriptor: int, size: int, path: Path) -> None:
    """Truncate a file to `size` bytes; do nothing if it has that size.

    Raises:
        StorageError: The file cannot be truncated.
    """
    with storage_errors(path):
        if os.fstat(descriptor).st_size != size:
            reach("replace")
            os.ftruncate(descriptor, size)


def sync(descriptor: int, path: Path) -> None:
    """Flush a file to the disk, so that its content survives a power failure.

    Raises:
        StorageError: The disk reports an error.
    """
    with storage_errors(path):
        reach("sync")
        os.fsync(descriptor)


def close(descriptor: int, path: Path) -> None:
    """Close a descriptor.

    Raises:
        StorageError: The disk reports an error of an earlier write.
    """
    with storage_errors(path):
        os.close(descriptor)


def replace_file(path: Path, content: bytes) -> None:
    """Write a file atomically: at any moment, the path has either the complete old content or the complete new content.

    A new file gets the permissions of the file that it replaces.

    Raises:
        StorageError: The file cannot be written; an old file is kept.
    """
    unfinished = path.with_name(UNFINISHED + path.name)
    with storage_errors(path, needed=len(content)):
        try:
            _write_new(unfinished, content)
            with suppress(FileNotFoundError):
                unfinished.chmod(stat.S_IMODE(path.stat().st_mode))
            reach("replace")
            unfinished.replace(path)
        except OSError:
            with suppress(OSError):
                unfinished.unlink()
            raise
        _sync_folder(path.parent)


def make_folder(path: Path, files: Mapping[str, bytes]) -> None:
    """Make a folder with its first files. The folder appears complete or not at all.

    Args:
        path: The folder; its parent must exist.
        files: Content of each file, by name.

    Raises:
        FileExistsError: Something exists at `path`; it is left unchanged.
        StorageError: The folder cannot be written.
    """
    unfinished = path.with_name(f"{UNFINISHED}{os.getpid()}-{path.name}")
    with storage_errors(path, needed=sum(map(len, files.values())), then=AGAIN):
        try:
            reach("create")
            unfinished.mkdir()
            for name, content in files.items():
                _write_new(unfinished / name, content)
            _sync_folder(unfinished)
            reach("replace")
            taken = not _rename_to_free(unfinished, path)
        except OSError:
            shutil.rmtree(unfinished, ignore_errors=True)
            raise
    if taken:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise FileExistsError(errno.EEXIST, "exists", str(path))
    with storage_errors(path):
        _sync_folder(path.parent)


def make_parents(path: Path) -> None:
    """Make a folder and its parents if they are missing.

    Raises:
        StorageError: A folder cannot be made.
    """
    with storage_errors(path, then=AGAIN):
        try:
            path.mkdir(parents=True, exist_ok=True)
        except FileExistsError:
            raise StorageError(f"{path}: is not a folder; move the file away, {AGAIN}") from None
        except FileNotFoundError:  # the parent was deleted, or its file system holds no files, such as /proc
            raise StorageError(f"{path}: no folder can be made here; choose another place with --runs-dir") from None


def remove(path: Path) -> None:
    """Remove a file, or a folder with its content. Do nothing if it is missing.

    Raises:
        StorageError: The file or folder cannot be removed.
    """
    with storage_errors(path), suppress(FileNotFoundError):
        reach("delete")
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def remove_unfinished(folder: Path, *, nested: bool = False) -> None:
    """Remove the incomplete files that killed processes left in a folder. Only the holder of its lock may call this.

    Args:
        folder: The folder.
        nested: Whether to search its subfolders too, one level deep.

    Raises:
        StorageError: A file cannot be removed.
    """
    with storage_errors(folder):
        unfinished = list(folder.glob(f"{UNFINISHED}*"))
        if nested:
            unfinished += folder.glob(f"*/{UNFINISHED}*")
    for path in unfinished:
        remove(path)


def _write_all(descriptor: int, content: bytes) -> None:
    reach("append", half_done=lambda: os.write(descriptor, content[: len(content) // 2]))
    written = 0
    while written < len(content):
        written += os.write(descriptor, content[written:])


def _write_new(path: Path, content: bytes) -> None:
    reach("create")
    # Remove what a killed process left. Remove a link too: otherwise its target outside the run would be written to.
    with suppress(FileNotFoundError):
        path.unlink()
    with path.open("xb", buffering=0) as file:
        _write_all(file.fileno(), content)
        reach("sync")
        os.fsync(file.fileno())


def _rename_to_free(source: Path, target: Path) -> bool:
    # rename() silently replaces an empty folder, so check first. It fails if anything else is at the target.
    if target.exists() or target.is_symlink():
        return False
    try:
        source.rename(target)
    except OSError as error:
        if error.errno in {errno.EEXIST, errno.ENOTEMPTY, errno.ENOTDIR}:
            return False
        raise
    return True


def _sync_folder(path: Path) -> None:
    # Windows cannot open a folder, and a folder need not be synced there.
    if os.name == "nt":
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno != errno.EINVAL:  # some network file systems cannot sync a folder
            raise
    finally:
        os.close(descriptor)
