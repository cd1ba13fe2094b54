"""Applies changes to a document before the document is checked.

The changes come from --set or from the overrides of an arm.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TypeAlias

from lrsearch.errors import Problem, SpecError
from lrsearch.spec.old_keys import RENAMED, current_path
from lrsearch.spec.reading import Document, Place, parse_value
from lrsearch.spec.sections import AUTO, CHOICES, KeyPath, dotted, quote

Change: TypeAlias = tuple[KeyPath, object]
"""The path of a key and the key's new value."""


def parse_set(text: str, source: str = "--set") -> Change:
    """Parse KEY=VALUE into a change. VALUE is YAML.

    Raises:
        SpecError: The text has no KEY=, or its VALUE cannot be read.
    """
    key, equals, value = text.partition("=")
    path = tuple(part.strip() for part in key.split("."))
    if not equals or not all(path):
        raise SpecError([Problem(source, 0, 0, "", f"expected KEY=VALUE, got {quote(text)}")])
    return path, parse_value(value, source)


def change_document(document: Document, changes: Iterable[Change], source: str) -> Document:
    """Return a copy of a document with some values changed.

    If two changes set the same value, the last one counts, even if a change sets the value as a part of a mapping.
    Otherwise the order does not matter: a name is set before its options, and a mapping before single keys inside it.

    Args:
        document: The plain values with their lines and columns.
        changes: The changes. Keys may have their old names.
        source: The source of the new values, as named in problems.

    Raises:
        SpecError: A change sets one end of a range, but `search.lr` is a list of rates or `auto`. Or the changes set a
            key under both its old and its new name.
    """
    changes = list(changes)
    given = [path for path, _ in changes]
    if both := [(dotted(old), dotted(new)) for old, new in RENAMED.items() if old in given and new in given]:
        messages = [f"{old} is the old name of {new}, which is set too; remove {old}" for old, new in both]
        raise SpecError([Problem(source, 0, 0, "", message) for message in messages])
    current = [(current_path(path), value) for path, value in changes]
    lasting = [each for i, each in enumerate(current) if not any(_is_overridden(each, by) for by in current[i + 1 :])]
    done: list[KeyPath] = []
    for path, value in sorted(lasting, key=lambda change: (len(change[0]), change[0][-1] != "name")):
        before = document
        document, replaced = _change_one(before, path, value, source)
        # If this change replaces a value that an earlier change set, keep that value to check it later: the result
        # does not contain it. Replaced values of the original document are checked with that document.
        if any(_is_within(replaced, other) or _is_within(other, replaced) for other in done):
            document = replace(document, replaced=(*document.replaced, (replaced, before)))
        done.append(path)
    return document


def _is_overridden(change: Change, later: Change) -> bool:
    """Whether a later change overwrites everything that an earlier change sets."""
    (path, _), (at, value) = change, later
    if not _is_within(path, at):
        return False
    below = path[len(at) :]
    if at in CHOICES and isinstance(value, str):
        return below in {(), ("name",)}  # options stay: they belong to the new name
    if at == ("search", "lr") and below and (value == AUTO or isinstance(value, list)):
        return False  # keep both: `_mapping_to_change` reports that they exclude each other
    for key in below if at != ("train", "warmup") else ():
        if isinstance(value, Mapping) and key not in value:
            return False
        value = value[key] if isinstance(value, Mapping) else None
    return True


def _is_within(path: KeyPath, other: KeyPath) -> bool:
    """Whether a path equals another path, or leads to a value inside the value of the other path."""
    return path[: len(other)] == other


def _change_one(document: Document, path: KeyPath, value: object, source: str) -> tuple[Document, KeyPath]:
    """Return the document with one value changed, and the path of the value that was replaced."""
    values = copy.deepcopy(document.values)
    if path[:-1] in CHOICES and path[-1] == "name" and _name_at(values, path[:-1]) != value:
        path, value = path[:-1], {"name": value}  # drop the options: they belong to the old name
    mapping, replaced = values, path
    for at in (path[:depth] for depth in range(1, len(path))):
        inner = _mapping_to_change(mapping.get(str(at[-1])), at, source)
        if inner is None:
            replaced = min(replaced, at, key=len)
            inner = {}
        mapping[str(at[-1])] = inner
        mapping = inner
    mapping[str(path[-1])] = value
    n_above = len(replaced)
    places = {at: place for at, place in document.places.items() if at[:n_above] != replaced}
    keys = {at: place for at, place in document.keys.items() if at[:n_above] != replaced}
    places |= {path[:depth]: Place(source) for depth in range(n_above, len(path) + 1)}
    return replace(document, values=values, places=places, keys=keys), replaced


def _name_at(values: object, path: KeyPath) -> object:
    for part in path:
        values = values.get(part) if isinstance(values, Mapping) else None
    return values.get("name") if isinstance(values, Mapping) else values


def _mapping_to_change(value: object, path: KeyPath, source: str) -> dict[str, object] | None:
    """Return the mapping at a path, in which a key will be set; None if a new mapping must replace the value there."""
    if path == ("search", "lr") and isinstance(value, list):
        raise SpecError([Problem(source, 0, 0, "", "search.lr is a list; --low and --high need a range")])
    if path == ("search", "lr") and value == AUTO:
        message = "search.lr is auto, so the range test finds the range; leave out --low and --high"
        raise SpecError([Problem(source, 0, 0, "", message)])
    if path in CHOICES and isinstance(value, str):
        return {"name": value}
    # The forms of a warm-up exclude each other: {epochs: 1} replaces {steps: 10}.
    return value if isinstance(value, dict) and path != ("train", "warmup") else None
