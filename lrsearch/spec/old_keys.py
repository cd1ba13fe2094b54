"""Replaces the old names of renamed keys. A spec may still use an old name; written specs use the new name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TypeVar

from lrsearch.errors import Problem
from lrsearch.spec.reading import Document
from lrsearch.spec.sections import KeyPath

_T = TypeVar("_T")

RENAMED: Mapping[KeyPath, KeyPath] = {("search", "score"): ("search", "scored_epoch")}
"""The new path of each renamed key, by its old path. Both paths are in the same section."""


def current_path(path: KeyPath) -> KeyPath:
    """Return the current path of a key: its new path if it was renamed, otherwise the path itself.

    Example:
        >>> current_path(("search", "score")), current_path(("train", "epochs"))
        (('search', 'scored_epoch'), ('train', 'epochs'))
    """
    return RENAMED.get(path, path)


def with_current_keys(document: Document) -> Document:
    """Return a document in which every renamed key has its new name, in its section and in the overrides of the arms.

    Args:
        document: The plain values with their lines and columns.

    Returns:
        The document. If a mapping contains a key under both names, a problem is added and the value of the new name
        counts.
    """
    for old, new in RENAMED.items():
        document = _rename(document, old[:-1], str(old[-1]), str(new[-1]))
        for arm in _arm_names(document):
            document = _rename(document, ("arms", arm), ".".join(map(str, old)), ".".join(map(str, new)))
    return document


def _arm_names(document: Document) -> list[str]:
    arms = document.values.get("arms")
    return list(arms) if isinstance(arms, Mapping) else []


def _rename(document: Document, parent: KeyPath, old: str, new: str) -> Document:
    """Return a document in which one key of the mapping at `parent` is renamed."""
    mapping = _mapping_at(document.values, parent)
    if old not in mapping:
        return document
    old_path, new_path = (*parent, old), (*parent, new)
    if new in mapping:
        values = {key: value for key, value in mapping.items() if key != old}
        place, other = (document.place(path, of_key=True) for path in (old_path, new_path))
        where = f" on line {other.line}" if other.line else f" by {other.source}"
        message = f"'{old}' is the old name of '{new}', which is set too{where}; remove '{old}'"
        problem = Problem(*place, ".".join(map(str, parent)), message)
        return replace(
            document,
            values=_with_mapping(document.values, parent, values),
            places=_without(document.places, old_path),
            keys=_without(document.keys, old_path),
            problems=(*document.problems, problem),
        )
    values = {new if key == old else key: value for key, value in mapping.items()}
    return replace(
        document,
        values=_with_mapping(document.values, parent, values),
        places=dict(_moved(document.places, old_path, new_path)),
        keys=dict(_moved(document.keys, old_path, new_path)),
    )


def _mapping_at(values: object, path: KeyPath) -> Mapping[str, object]:
    """Return the mapping at a path; an empty mapping if the path leads to no mapping."""
    for key in path:
        values = values.get(str(key)) if isinstance(values, Mapping) else None
    return values if isinstance(values, Mapping) else {}


def _with_mapping(values: Mapping[str, object], path: KeyPath, mapping: dict[str, object]) -> dict[str, object]:
    """Return a copy of nested values, with the value at a path replaced by `mapping`."""
    if not path:
        return mapping
    key, *rest = path
    return {**values, str(key): _with_mapping(_mapping_at(values, (key,)), tuple(rest), mapping)}


def _moved(places: Mapping[KeyPath, _T], old: KeyPath, new: KeyPath) -> Iterator[tuple[KeyPath, _T]]:
    for path, place in places.items():
        yield (new + path[len(old) :] if path[: len(old)] == old else path), place


def _without(places: Mapping[KeyPath, _T], dropped: KeyPath) -> dict[KeyPath, _T]:
    return {path: place for path, place in places.items() if path[: len(dropped)] != dropped}
