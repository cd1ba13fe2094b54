"""Remembers which commands the user has started. A resume runs no other command, whatever the run folder contains.

A run folder records its command. A person who sends you a run folder could have written any command into the folder. So
a resume runs a command only if you started the same command yourself before. lrsearch then has the digest of the
command in your own state folder, as the name of an empty file.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path


def command_digest(command: Sequence[str], *, template: str | None = None) -> str:
    """Return the digest of a command and of the template file that it uses.

    Args:
        command: The program and its arguments, with their placeholders.
        template: The text of the template; None if there is none.
    """
    return hashlib.sha256(json.dumps([list(command), template]).encode()).hexdigest()


def trust(digest: str, folder: Path | None = None) -> None:
    """Remember that the user has started a command. Without a home folder to write to, a resume needs --trust.

    Args:
        digest: From `command_digest`.
        folder: Folder of the digests; None for the user's own.
    """
    with suppress(OSError, RuntimeError):
        place = folder or _trusted_folder()
        place.mkdir(parents=True, exist_ok=True, mode=0o700)
        (place / digest).touch(mode=0o600)


def is_trusted(digest: str, folder: Path | None = None) -> bool:
    """Whether the user has started this command before."""
    try:
        return (folder or _trusted_folder()).joinpath(digest).is_file()
    except (OSError, RuntimeError):  # there is no home folder, or it cannot be read
        return False


def _trusted_folder() -> Path:
    from platformdirs import user_state_path

    return user_state_path("lrsearch", appauthor=False) / "trusted"


def file_digests(command: Sequence[str], folder: Path) -> dict[str, str]:
    """Return the digest of each part of a command that names a file, such as the script.

    The program itself is left out, unless the program lies in or below the folder, because an update of Python is not a
    change of the script.

    Args:
        command: The program and its arguments.
        folder: Folder in which the command runs.
    """
    found: dict[str, str] = {}
    for place, part in enumerate(command):
        path = folder / part
        try:
            if not path.is_file() or (place == 0 and folder.resolve() not in path.resolve().parents):
                continue
            with path.open("rb") as file:
                found[part] = hashlib.file_digest(file, "sha256").hexdigest()
        except (OSError, ValueError):  # no name of a file, or one that cannot be read
            continue
    return found


def changed_files(before: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """Return the files whose contents have changed, or that are gone.

    Example:
        >>> changed_files({"train.py": "a", "net.py": "b"}, {"train.py": "a", "net.py": "c"})
        ['net.py']
    """
    return sorted(name for name, digest in before.items() if now.get(name) != digest)
