"""The files of plugins that are sent to the nodes, and where a node puts them."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from lrsearch.errors import StorageError
from lrsearch.interfaces import Given
from lrsearch.places import move


@dataclass(frozen=True, slots=True)
class Sent:
    """What a node needs beside the packages that are installed on it.

    Attributes:
        files: The contents of each plugin's files, by its path, then by the path of the file.
        folder: The folder of the program, whose copy is the working folder of the processes on a node; "" if nothing of
            it is sent.
    """

    files: Mapping[str, Mapping[str, bytes]] = field(default_factory=dict)
    folder: str = ""

    @property
    def n_bytes(self) -> int:
        """The size of the plugins."""
        return sum(len(contents) for files in self.files.values() for contents in files.values())

    def unpack(self) -> None:
        """Write the files of the plugins on this node, and tell this process where everything is."""
        moved = {self.folder: str(Path.cwd())} if self.folder else {}
        for place, files in self.files.items():
            if Path(place).is_file() and all(_read(path) == contents for path, contents in files.items()):
                continue  # this node sees the same files
            root, above = (
                Path(tempfile.mkdtemp(prefix="lrsearch-plugin-")),
                os.path.commonpath(map(os.path.dirname, files)),
            )
            for path, contents in files.items():
                target = root / os.path.relpath(path, above)
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(contents)
            moved[place] = str(root / os.path.relpath(place, above))
        move(moved)


def pack(given: Given, folder: str) -> Sent:
    """Read the files that are sent to the nodes.

    Args:
        given: The user's own parts.
        folder: The folder of the program that Ray sends; "" for none.

    Raises:
        StorageError: A file cannot be read.
    """
    try:
        files = {
            plugin.place: {path: Path(path).read_bytes() for path in (plugin.files or {plugin.place: ""})}
            for plugin in given.plugins
            if plugin.is_file
        }
    except OSError as error:
        raise StorageError(f"a plugin cannot be read: {error}") from None
    return Sent(files, folder)


def _read(path: str) -> bytes | None:
    try:
        return Path(path).read_bytes()
    except OSError:
        return None
