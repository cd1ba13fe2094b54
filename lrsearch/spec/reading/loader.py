"""Reads a file or a text into a document: plain values, with the line and column of every key and value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lrsearch.errors import Problem, SpecError
from lrsearch.spec.reading.composer import ABSENT, MAX_DEPTH, Place, compose, line_column
from lrsearch.spec.sections import KeyPath, is_key, show

MAX_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class Document:
    """Plain values (text, numbers, true or false, null, lists and mappings) with their lines and columns.

    Attributes:
        values: The top-level mapping.
        places: The file, the line and the column of each value, by path.
        keys: The file, the line and the column of each key, by the path of its value.
        problems: Mistakes that did not stop the reading; wrong values are left out.
        replaced: For each value that one change set and a later change replaced: its path, and the document before
            the later change.
    """

    values: dict[str, object]
    places: dict[KeyPath, Place]
    keys: dict[KeyPath, Place] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    replaced: tuple[tuple[KeyPath, Document], ...] = ()

    def place(self, path: KeyPath, *, of_key: bool = False) -> Place:
        """Return where a value or its key is written; if unknown, where the mapping or list around it is written."""
        if of_key and path in self.keys:
            return self.keys[path]
        while path not in self.places:
            path = path[:-1]
        return self.places[path]


def read_document(path: str | Path) -> Document:
    """Read the document in a file.

    Raises:
        SpecError: The file cannot be read, or does not contain a mapping in YAML.
    """
    source = str(path)
    try:
        with Path(path).open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except (FileNotFoundError, NotADirectoryError):
        message = "no such file"
    except IsADirectoryError:
        message = "is a directory; name a file in it"
    except PermissionError:
        message = "cannot be read: permission denied"
    except (OSError, ValueError) as error:
        message = f"cannot be read: {error.strerror if isinstance(error, OSError) else error}"
    else:
        return parse_document(decode(data, source), source)
    raise SpecError([Problem(source, 0, 0, "", message)])


def decode(data: bytes, source: str) -> str:
    """Decode the content of a file, which must be UTF-8 text of at most `MAX_BYTES`.

    Raises:
        SpecError: The file is too large, or is not text.
    """
    if len(data) > MAX_BYTES:
        raise SpecError([Problem(source, 0, 0, "", f"the spec is too large, with over {MAX_BYTES // 1024} KiB")])
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        before, message = data[: error.start].decode(), f"not valid UTF-8 at byte {error.start}"
    else:
        nul = text.find("\0")
        if nul < 0:
            return text.removeprefix("\ufeff")
        before, message = (
            text[:nul],
            f"the file has a NUL byte at byte {len(text[:nul].encode())}; is this a text file?",
        )
    raise SpecError([Problem(source, *line_column(before), "", message)])


def parse_document(text: str, source: str) -> Document:
    """Parse the document in a text.

    Raises:
        SpecError: The text cannot be read as YAML, or does not contain a mapping.
    """
    value, builder = compose(text, source)
    if value is None:
        value = {}
    if not isinstance(value, dict):
        place = builder.places[()]
        problem = Problem(*place, "", f"expected a mapping (key: value) at the top, got {show(value)}")
        raise SpecError([*builder.problems, problem])
    builder.places.setdefault((), Place(source, 1, 1))
    return Document(value, builder.places, builder.keys, tuple(builder.problems))


def parse_value(text: str, source: str) -> object:
    """Parse a single value, written like the text after `key:`.

    Raises:
        SpecError: The text cannot be read as YAML. The problems have no line numbers.
    """
    try:
        value, builder = compose(text, source)
        if builder.problems:
            raise SpecError(builder.problems)
    except SpecError as error:
        raise SpecError([Problem(source, 0, 0, "", problem.message) for problem in error.problems]) from None
    return None if value is ABSENT else value


def plain_document(values: Mapping[str, object], source: str) -> Document:
    """Make a document from plain Python values, which have no line numbers.

    Raises:
        SpecError: The values are not a mapping, a key is not text, or the values are nested too deep.
    """
    if not isinstance(values, Mapping):
        raise SpecError([Problem(source, 0, 0, "", f"expected a mapping (key: value) at the top, got {show(values)}")])
    return Document({key: _plain(value, source, 1) for key, value in _items(values, source)}, {(): Place(source)})


def _items(values: Mapping[Any, object], source: str) -> list[tuple[str, object]]:
    if not_text := [key for key in values if not is_key(key)]:
        raise SpecError([Problem(source, 0, 0, "", f"a key must be text, got {show(key)}") for key in not_text])
    return [(key, value) for key, value in values.items()]


def _plain(value: object, source: str, depth: int) -> object:
    if not isinstance(value, Mapping | list | tuple):
        return value
    if depth == MAX_DEPTH:
        raise SpecError([Problem(source, 0, 0, "", f"the values are nested too deep, over {MAX_DEPTH} levels")])
    if isinstance(value, Mapping):
        return {key: _plain(inner, source, depth + 1) for key, inner in _items(value, source)}
    return [_plain(item, source, depth + 1) for item in value]
