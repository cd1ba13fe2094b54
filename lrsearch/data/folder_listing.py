"""Lists a folder of images or texts: its parts, its classes, its files, and the files that it ignores."""

from __future__ import annotations

import hashlib
import os
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from lrsearch.data.folder_files import (
    IMAGE_SUFFIXES,
    Wanted,
    digest_of,
    files_below,
    folders_of,
    holds_only_folders,
    is_junk,
)
from lrsearch.data.places import named_path
from lrsearch.errors import DataError
from lrsearch.wording import counted, some_of

_PART_OF = {
    **dict.fromkeys(("train", "training"), "train"),
    **dict.fromkeys(("val", "valid", "validation"), "val"),
    **dict.fromkeys(("test", "testing"), "test"),
}
_MOST_NAMED = 5

IMAGES = Wanted("images", IMAGE_SUFFIXES, "avif, bmp, gif, jpg, jp2, png, ppm, tga, tif, webp")
TEXTS = Wanted("texts", frozenset({".txt"}), "txt")


@dataclass(frozen=True, slots=True)
class Listing:
    """The images or texts of one part of a data set, sorted by class.

    Attributes:
        classes: Names of the classes, sorted.
        files: Every file, sorted within its class.
        labels: Class of each file, as an index into `classes`.
        place: Hash of the whole path of the folder.
        digest: Hash that changes when a file is added, removed, renamed or written again.
        remarks: One line about the files that were ignored; empty if there are none.
    """

    classes: tuple[str, ...]
    files: tuple[Path, ...]
    labels: tuple[int, ...]
    place: str
    digest: str
    remarks: tuple[str, ...] = ()


def list_folder(path: str, part: str = "val", wanted: Wanted = IMAGES) -> dict[str, Listing]:
    """Find the images or texts of a data set.

    Args:
        path: A folder with one folder per class, or with `train` and, if any, `val` and `test`, each with one folder
            per class. `training`, `valid`, `validation` and `testing` name parts too, in upper or lower case.
            Files may lie in deeper folders. Hidden files and files of operating systems are ignored.
        part: The part to list beside the training part: val or test.
        wanted: The files to look for.

    Returns:
        The listing of "train" and, if the data set has it, of the other part.

    Raises:
        DataError: The folder does not exist or cannot be read, the folder has fewer than two classes, a class has no
            images, or a class is in `val` only.
    """
    top = named_path(path)
    try:
        if not top.is_dir():
            raise DataError(f"{shown(top)}: {'is not a folder' if top.exists() else 'no such folder'}")
        parts = _parts(top, wanted)
        train = _list_part(parts.get("train", top), wanted)
        if part not in parts:
            return {"train": train}
        return {"train": train, part: _list_part(parts[part], wanted, train)}
    except OSError as error:
        place = error.filename if isinstance(error.filename, str) else top
        raise DataError(f"{shown(place)}: cannot be read ({error.strerror or error})") from error


def shown(name: str | Path) -> str:
    """Return a name in a form that a message can show: bytes that are not UTF-8 are escaped."""
    return str(name).encode("utf-8", "backslashreplace").decode()


def _parts(top: Path, wanted: Wanted) -> dict[str, Path]:
    """Return the folders of the parts by "train", "val" and "test"; empty if the folders of `top` are classes."""
    names = folders_of(top)
    parts: dict[str, Path] = {}
    for name in names:
        part = _PART_OF.get(name.lower())
        if part in parts:
            raise DataError(
                f"{shown(top)}: {parts[part].name} and {name} name the same part of the data; keep only one of the two"
            )
        if part is not None:
            parts[part] = top / name
    if len(parts) == len(names):
        if parts and "train" not in parts:
            raise DataError(f"{shown(top)}: has no folder 'train', only {', '.join(names)}; {wanted.expected}")
        return parts
    if "train" in parts and (len(parts) > 1 or holds_only_folders(parts["train"], wanted)):
        others = [shown(name) for name in names if name.lower() not in _PART_OF]
        known = " and ".join(place.name for place in parts.values())
        raise DataError(
            f"{shown(top)}: holds {known}, but also {some_of(others, _MOST_NAMED)}; {wanted.expected}; "
            "move all other folders away"
        )
    return {}


def _list_part(top: Path, wanted: Wanted, train: Listing | None = None) -> Listing:
    """List one part. `train` is the listing of the training part, if the part is not the training part itself."""
    found = tuple(folders_of(top))
    classes = found if train is None else train.classes
    unknown = [name for name in found if name not in classes]
    if unknown:
        known = ", ".join(map(shown, classes))
        _check_names(top, [*classes, unknown[0]])
        raise DataError(
            f"{shown(top)}: class {unknown[0]!r} is not a class of train ({known})"
            f"{_meant(unknown[0], classes)}; rename the folder, or move it away"
        )
    if len(classes) < 2:
        problem = f"only one class ({classes[0]!r})" if classes else "no class folders"
        inner = [top / name for name in classes if holds_only_folders(top / name, wanted)]
        hint = "".join(f"; did you mean data.path={shown(place)}?" for place in inner)
        raise DataError(
            f"{shown(top)}: {problem}; expected one folder of {wanted.kind} per class, and at least two classes{hint}"
        )
    if train is None:
        _check_names(top, classes)
    passed_over = [file for file in top.iterdir() if not file.is_dir() and not is_junk(file.name)]
    examples: dict[str, list[Path]] = {}
    places = _class_places(top, found)
    for name in found:
        files = sorted(files_below(top, name, places))
        examples[name] = [file for file in files if wanted.is_one(file)]
        passed_over += [file for file in files if not wanted.is_one(file)]
    if not found and any(map(wanted.is_one, passed_over)):
        raise DataError(
            f"{shown(top)}: the {wanted.kind} lie directly in this folder ({counted(len(passed_over), 'file')}), so "
            f"their classes are unknown; move each file into a folder of its class "
            f"({some_of(list(map(shown, classes)), _MOST_NAMED)}), or move this folder away"
        )
    such_as = f"expected files such as {wanted.shown}{_found(passed_over)}"
    if not any(examples.values()):
        raise DataError(f"{shown(top)}: the class folders hold no {wanted.kind}; {such_as}")
    empty = [name for name, files in examples.items() if not files]
    if empty and train is None:
        raise DataError(f"{shown(top)}: class {empty[0]!r} has no {wanted.kind}; {such_as}")
    pairs = [(file, classes.index(name)) for name, files in examples.items() for file in files]
    return Listing(
        classes,
        tuple(file for file, _ in pairs),
        tuple(label for _, label in pairs),
        hashlib.blake2b(os.fsencode(top.resolve()), digest_size=8).hexdigest(),
        digest_of(top, [file for file, _ in pairs]),
        tuple(_remarks(top, passed_over, wanted)),
    )


def _meant(name: str, classes: Iterable[str]) -> str:
    """Name the class that differs only in upper and lower case, or in spaces around it; "" if there is none."""
    same = [known for known in classes if known.strip().casefold() == name.strip().casefold()]
    return f"; it differs from {same[0]!r} only in upper and lower case or in spaces" if same else ""


def _check_names(top: Path, classes: Iterable[str]) -> None:
    """Raise an error if two names of classes look the same, because they write a letter such as e-acute in two ways."""
    seen: dict[str, str] = {}
    for name in classes:
        form = unicodedata.normalize("NFC", name)
        if form in seen:
            raise DataError(
                f"{shown(top)}: there are two folders {name!r}, which are written with different characters "
                f"({seen[form]!a} and {name!a}; from a Mac?); move all images of the class into one of them"
            )
        seen[form] = name


def _class_places(top: Path, classes: Iterable[str]) -> frozenset[str]:
    """Return the real paths of the class folders; raise an error if two classes are one folder."""
    places: dict[str, str] = {}
    for name in classes:
        place = os.path.realpath(top / name)
        if place in places:
            raise DataError(
                f"{shown(top)}: classes {places[place]!r} and {name!r} are one folder, because one class is a "
                "link; remove the link"
            )
        places[place] = name
    return frozenset(places)


def _endings(files: list[Path]) -> str:
    """Return the endings of files, the most common ones first. A broken link or a pipe is named as such instead."""
    counts = Counter(_kind(file) for file in files)
    return some_of([shown(kind) for kind, _ in counts.most_common()], _MOST_NAMED)


def _kind(file: Path) -> str:
    if file.is_file():
        return file.suffix.lower() or "no ending"
    return "broken link" if file.is_symlink() else "not a regular file"


def _found(passed_over: list[Path]) -> str:
    return f"; found {counted(len(passed_over), 'other file')} ({_endings(passed_over)})" if passed_over else ""


def _remarks(top: Path, passed_over: list[Path], wanted: Wanted) -> Iterator[str]:
    if passed_over:
        were = "was" if len(passed_over) == 1 else "were"
        yield (
            f"data: {counted(len(passed_over), 'file')} of {shown(top.name)}/ {were} ignored "
            f"({_endings(passed_over)}); {wanted.kind} are read from class folders ({wanted.shown})"
        )
