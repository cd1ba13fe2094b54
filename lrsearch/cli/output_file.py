"""Checks and writes the output file of a command. The file is written completely or not at all."""

from __future__ import annotations

import errno
import os
from collections.abc import Sequence
from pathlib import Path

from lrsearch.errors import LrSearchError, StorageError, UsageError
from lrsearch.wording import one_of


def check_output_file(flag: str, path: Path, endings: Sequence[str] = ()) -> None:
    """Check the path of an output file before the work begins. Nothing is written.

    Args:
        flag: The flag that names the file, such as "--out".
        path: The file.
        endings: Allowed endings of the file name, in lower case, such as ".svg". If empty, every ending is allowed.

    Raises:
        UsageError: The path is a folder, its parent folder does not exist or cannot be entered, or its ending is not
            allowed.
    """
    try:
        is_folder, has_parent = path.is_dir(), path.parent.is_dir()
    except OSError as error:
        raise cannot_write(flag, path, error) from None
    if is_folder:
        raise UsageError(f"{flag}: {path} is a folder; name a file in it")
    if not has_parent:
        raise UsageError(f"{flag}: {_what_is(path.parent)}; name a file in a folder that exists")
    if endings and path.suffix.lower() not in endings:
        raise UsageError(f"{flag}: expected {one_of([f'FILE{ending}' for ending in endings])}, got '{path.name}'")


def _what_is(parent: Path) -> str:
    if os.path.lexists(parent):
        return f"{parent} is not a folder"
    return f"no such folder '{parent}'"


def write_output(flag: str, path: Path, contents: bytes) -> None:
    """Write a file completely or not at all. If writing fails, keep the old file, if there is one.

    Args:
        flag: The flag that names the file; "" if an argument does.
        path: The file. If the path is a link, the link stays and its target is replaced. A device or a pipe is written
            to directly, and may get only a part of the contents.
        contents: The new contents of the file.

    Raises:
        UsageError: The user may not write a file there.
        StorageError: The disk is full or broken.
    """
    from lrsearch.store import files

    place = Path(os.path.realpath(path))
    try:
        if place.exists() and not place.is_file():
            place.write_bytes(contents)
        else:
            files.replace_file(place, contents)
    except OSError as error:
        raise cannot_write(flag, path, error) from None
    except StorageError as error:
        if not isinstance(error.__cause__, OSError):
            raise
        raise cannot_write(flag, path, error.__cause__) from None


def cannot_write(flag: str, path: Path, error: OSError) -> LrSearchError:
    """Return the error to raise if a file cannot be written: StorageError if the disk is at fault, else UsageError."""
    named = f"{flag}: {path}" if flag else str(path)
    message = f"{named}: cannot be written: {error.strerror}"
    match error.errno:
        case errno.ENOSPC | errno.EDQUOT:
            return StorageError(f"{message}; make room, and run the command again")
        case errno.EIO | errno.ESTALE:
            return StorageError(message)
        case _:
            return UsageError(f"{message}; choose another file")
