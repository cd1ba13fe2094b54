"""The name of a file that a command is asked to write, checked before the command does anything."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from lrsearch.errors import UsageError
from lrsearch.wording import one_of


def check_output_file(flag: str, path: Path, endings: Sequence[str] = ()) -> None:
    """Raise an error if the path shows that the file cannot be written.

    Args:
        flag: The flag that names the file, such as "--out".
        path: The file.
        endings: Allowed endings of its name, in lower case, such as ".svg"; if empty, all are allowed.

    Raises:
        UsageError: The file is a folder, its folder does not exist, or its name ends in something else.
    """
    if path.is_dir():
        raise UsageError(f"{flag}: {path} is a folder; name a file in it")
    if not path.parent.is_dir():
        raise UsageError(f"{flag}: no such folder '{path.parent}'")
    if endings and path.suffix.lower() not in endings:
        raise UsageError(f"{flag}: expected {one_of([f'FILE{ending}' for ending in endings])}, got '{path.name}'")


def cannot_write(flag: str, path: Path, error: OSError) -> UsageError:
    """The error to raise if the operating system could not write the file."""
    return UsageError(f"{flag}: {path}: cannot be written: {error.strerror}")
