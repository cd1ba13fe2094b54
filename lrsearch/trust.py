"""Remembers what the user has started: commands and plugins. Nothing else runs, whatever a run folder contains.

A run folder records its command, or the files of its plugins. A person who sends you a run folder could have written
anything into the folder. So a resume runs only what you started yourself before. lrsearch then has the digest in your
own state folder, as the name of an empty file.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
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
    """Remember that the user has started a command or a plugin. Without a home folder, a resume needs --trust.

    Args:
        digest: From `command_digest`, for example.
        folder: Folder of the digests; None for the user's own.
    """
    with suppress(OSError, RuntimeError):
        place = folder or _trusted_folder()
        place.mkdir(parents=True, exist_ok=True, mode=0o700)
        (place / digest).touch(mode=0o600)


def is_trusted(digest: str, folder: Path | None = None) -> bool:
    """Whether the user has started this command or plugin before."""
    try:
        return (folder or _trusted_folder()).joinpath(digest).is_file()
    except (OSError, RuntimeError):  # there is no home folder, or it cannot be read
        return False


def _trusted_folder() -> Path:
    from platformdirs import user_state_path

    return user_state_path("lrsearch", appauthor=False) / "trusted"


def digests_of(files: Iterable[Path]) -> dict[str, str]:
    """Return the digest of each file's content, by its path. Files that cannot be read are left out."""
    found: dict[str, str] = {}
    for path in files:
        try:
            with path.open("rb") as file:
                found[str(path)] = hashlib.file_digest(file, "sha256").hexdigest()
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
