"""Which files of a folder are examples, and how all files of a class are found."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lrsearch.data.loader import file_state

FORMATS = {
    "AVIF": (".avif",),
    "BMP": (".bmp", ".dib"),
    "GIF": (".gif",),
    "JPEG": (".jpg", ".jpeg", ".jpe", ".jfif"),
    "JPEG2000": (".jp2", ".j2k", ".jpx"),
    "PNG": (".png", ".apng"),
    "PPM": (".ppm", ".pgm", ".pbm", ".pnm"),
    "TGA": (".tga",),
    "TIFF": (".tif", ".tiff"),
    "WEBP": (".webp",),
}
"""Formats that are read, by Pillow's names, with their file endings. Reading them starts no other program."""

IMAGE_SUFFIXES = frozenset(suffix for suffixes in FORMATS.values() for suffix in suffixes)
_JUNK = frozenset({"__macosx", "__pycache__", "@eadir", "$recycle.bin", "system volume information", "lost+found"})
_JUNK_FILES = frozenset({"thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r"})


@dataclass(frozen=True, slots=True)
class Wanted:
    """The files that a listing looks for.

    Attributes:
        kind: The kind of the examples, in the plural.
        suffixes: Endings of the files, in lower case.
        shown: The endings as messages name them.
    """

    kind: str
    suffixes: frozenset[str]
    shown: str

    def is_one(self, file: Path) -> bool:
        """Whether a file is such an example."""
        return file.suffix.lower() in self.suffixes and not is_junk(file.name) and file.is_file()

    @property
    def expected(self) -> str:
        """The folders that messages ask for."""
        one = f"one folder of {self.kind} per class"
        return f"expected {one}, or train and val (and test), each with {one}"


def is_junk(name: str) -> bool:
    """Whether a file or folder is hidden, or belongs to an operating system."""
    return name.startswith(".") or name.lower() in _JUNK or name.lower() in _JUNK_FILES


def folders_of(path: Path) -> list[str]:
    """Return the names of the folders in a folder, sorted."""
    return sorted(child.name for child in path.iterdir() if child.is_dir() and not is_junk(child.name))


def holds_only_folders(folder: Path, wanted: Wanted) -> bool:
    """Whether a folder contains several folders and no examples, like a part of a data set."""
    return len(folders_of(folder)) > 1 and not any(wanted.is_one(file) for file in folder.iterdir())


def files_below(top: Path, name: str, places: frozenset[str]) -> Iterator[Path]:
    """Yield every file of a class, at any depth, that is not junk. Follow links, but visit each folder only once.

    A link is not followed if it leads to another class, to the folder of all classes, or to a folder above, because the
    images of other classes lie there.

    Args:
        top: The folder of all classes.
        name: The class.
        places: The real paths of all class folders.
    """
    seen = {str(place) for place in (top.resolve(), *top.resolve().parents)}
    seen |= places - {os.path.realpath(top / name)}

    def fail(error: OSError) -> None:
        raise error

    for place, folders, files in os.walk(top / name, followlinks=True, onerror=fail):
        real = os.path.realpath(place)
        folders[:] = [] if real in seen else [name for name in folders if not is_junk(name)]
        if real not in seen:
            yield from (Path(place, name) for name in files if not is_junk(name))
        seen.add(real)


def digest_of(top: Path, files: list[Path]) -> str:
    """Hash the place, the names and the state of files."""
    digest = hashlib.blake2b(os.fsencode(top.resolve()), digest_size=16)
    for file in files:
        digest.update(os.fsencode(file.relative_to(top)) + f"\0{file_state(file)}\n".encode())
    return digest.hexdigest()
