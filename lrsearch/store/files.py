"""The one place through which every file operation of a run goes: whole files or none, errors for people.

Each step ends in a function of `os` (also through pathlib), so that a test can end the process at any of them;
`failpoint` does so from outside. A file or folder that is being written has a name that begins with `.new-`: one found
later was left by a killed process.
"""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from lrsearch.errors import StorageError
from lrsearch.store.failpoint import reach
from lrsearch.store.os_errors import storage_errors

UNFINISHED = ".new-"


def read_file(path: Path) -> bytes:
    """The whole of a file.

    Raises:
        StorageError: It cannot be read.
    """
    refuse_link(path)
    with storage_errors(path):
        return path.read_bytes()


def refuse_link(path: Path) -> None:
    """Refuse what stands elsewhere.

    Raises:
        StorageError: It is a symbolic link.
    """
    if path.is_symlink():
        raise StorageError(f"{path}: is a symbolic link; a run holds its own files, and none from elsewhere")


def open_append(path: Path) -> int:
    """Open a file to append to, making it if it is not there.

    Returns:
        A file descriptor, unbuffered; to be closed with `close`.

    Raises:
        StorageError: It cannot be opened.
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
    """Append bytes, all or none, so that they survive the death of the process from here on.

    Args:
        descriptor: From `open_append`.
        content: What to append.
        path: Where the file must still be found: what is written to a deleted file is lost.

    Returns:
        The offset at which the content begins.

    Raises:
        StorageError: No space left, or the file has gone; what stood before still stands.
    """
    with storage_errors(path, needed=len(content)):
        status = os.fstat(descriptor)
        if not os.path.samestat(status, path.stat()):
            raise FileNotFoundError(errno.ENOENT, "", str(path))
        try:
            reach("append", half_done=lambda: os.write(descriptor, content[: len(content) // 2]))
            written = 0
            while written < len(content):
                written += os.write(descriptor, content[written:])
        except OSError:
            with suppress(OSError):
                os.ftruncate(descriptor, status.st_size)
            raise
    return status.st_size


def truncate(descriptor: int, size: int, path: Path) -> None:
    """Cut a file to `size` bytes; one that has that size is not touched.

    Raises:
        StorageError: It cannot be cut.
    """
    with storage_errors(path):
        if os.fstat(descriptor).st_size != size:
            reach("replace")
            os.ftruncate(descriptor, size)


def sync(descriptor: int, path: Path) -> None:
    """Bring what was written to the disk itself, so that it survives a power failure.

    Raises:
        StorageError: The disk refuses.
    """
    with storage_errors(path):
        reach("sync")
        os.fsync(descriptor)


def close(descriptor: int, path: Path) -> None:
    """Close a descriptor.

    Raises:
        StorageError: A late error of the disk.
    """
    with storage_errors(path):
        os.close(descriptor)


def replace_file(path: Path, content: bytes) -> None:
    """Write a file so that at any moment the old one or the new one is there, whole.

    Raises:
        StorageError: It cannot be written; the old one, if any, stands.
    """
    unfinished = path.with_name(UNFINISHED + path.name)
    with storage_errors(path, needed=len(content)):
        try:
            _write_new(unfinished, content)
            reach("replace")
            unfinished.replace(path)
        except OSError:
            with suppress(OSError):
                unfinished.unlink()
            raise
        _sync_folder(path.parent)


def make_folder(path: Path, files: Mapping[str, bytes]) -> None:
    """Make a folder with its first files, so that it appears whole or not at all.

    Args:
        path: The folder; its parent must be there.
        files: Content of each file, by name.

    Raises:
        FileExistsError: Something is at `path` already; it is left alone.
        StorageError: It cannot be written.
    """
    unfinished = path.with_name(f"{UNFINISHED}{os.getpid()}-{path.name}")
    with storage_errors(path, needed=sum(map(len, files.values()))):
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
    """Make a folder and what is above it, where they are not there.

    Raises:
        StorageError: It cannot be made.
    """
    with storage_errors(path):
        path.mkdir(parents=True, exist_ok=True)


def remove(path: Path) -> None:
    """Remove a file or a folder with all that is in it; nothing happens where it is not there.

    Raises:
        StorageError: It cannot be removed.
    """
    with storage_errors(path), suppress(FileNotFoundError):
        reach("delete")
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def remove_unfinished(folder: Path, *, nested: bool = False) -> None:
    """Remove what killed processes left half-written in a folder; only to be called by its one writer.

    Args:
        folder: The folder.
        nested: Whether its folders are looked through as well.

    Raises:
        StorageError: It cannot be removed.
    """
    with storage_errors(folder):
        left = [path for pattern in (["", "*/"] if nested else [""]) for path in folder.glob(f"{pattern}{UNFINISHED}*")]
    for path in left:
        remove(path)


def _write_new(path: Path, content: bytes) -> None:
    reach("create")
    with path.open("wb", buffering=0) as file:
        reach("append", half_done=lambda: os.write(file.fileno(), content[: len(content) // 2]))
        written = 0
        while written < len(content):
            written += os.write(file.fileno(), content[written:])
        reach("sync")
        os.fsync(file.fileno())


def _rename_to_free(source: Path, target: Path) -> bool:
    # rename() puts a folder over an empty one without a word, hence the look before; over anything else it fails.
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
    # Windows cannot open a folder, and needs no sync of one.
    if os.name == "nt":
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno != errno.EINVAL:  # some network file systems sync no folder
            raise
    finally:
        os.close(descriptor)
