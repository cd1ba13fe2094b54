"""Turns pydantic's errors into problems, each with a line, a column and a plainer message."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ValidationError

from lrsearch.errors import Problem
from lrsearch.spec.key_names import NESTED, suggest_key
from lrsearch.spec.reading import Document
from lrsearch.spec.sections import (
    CHOICES,
    DEFAULTS,
    TABLES,
    KeyPath,
    Spec,
    dotted,
    find_entry,
    quote,
    show,
    suggestion,
)


def problem_at(document: Document, path: KeyPath, message: str, *, of_key: bool = False) -> Problem:
    """Make a problem at the line and column of a value or of its key."""
    return Problem(*document.place(path, of_key=of_key), dotted(path[:-1] if of_key else path), message)


def explain_all(error: ValidationError, document: Document) -> list[tuple[KeyPath, Problem]]:
    """Turn each mistake that pydantic found into a problem, with the path of the wrong value."""
    return [_explain(dict(details), document) for details in error.errors(include_url=False)]


def _explain(details: dict[str, Any], document: Document) -> tuple[KeyPath, Problem]:
    path, value = _existing(details["loc"], document.values), details["input"]
    context = details.get("ctx", {})
    match details["type"]:
        case "lrsearch":
            message = context["message"]
        case "extra_forbidden":
            return path, problem_at(document, path, unknown_key(path, document.values), of_key=True)
        case "literal_error":
            expected = str(context["expected"])  # 'a', 'b' or 'c'
            words, close = expected.replace("'", ""), suggestion(value, re.findall("'([^']*)'", expected))
            message = f"expected {words}; got {show(value)}{close}"
        case "model_type" | "dict_type":
            message = f"expected a mapping of {', '.join(keys_at(path, document.values))}; got {show(value)}"
        case "missing":  # only an end of a range: `fill_range` found that the optimizer's usual end does not fit
            end, side, other = ("low", "below", "high") if details["loc"][-1] == "low" else ("high", "above", "low")
            message = f"give '{end}' too, because the {end} end of the optimizer's usual range is not {side} '{other}'"
        case _:
            message = str(details["msg"])
    return path, problem_at(document, path, message)


def _existing(path: KeyPath, values: Any) -> KeyPath:  # noqa: ANN401  # a tree of plain values, walked by key or index
    """Return the part of a path that exists in the values. `model: cnn`, for example, has no key `name` inside."""
    for depth, part in enumerate(path):
        try:
            values = values[part]
        except (LookupError, TypeError):
            return path[:depth]
    return path


def unknown_key(path: KeyPath, values: Mapping[str, object]) -> str:
    """Return the message about a key that is not allowed in its mapping."""
    *parent, key = path
    known = keys_at(tuple(parent), values)
    entry = _entry_at(tuple(parent), values)
    if entry is not None:
        close = suggestion(key, known)
        takes = f"{' It' if close else '; it'} takes {', '.join(known) or 'no options'}"
        return f"{entry} takes no {quote(str(key))}{close}{takes}"
    return f"unknown key {quote(str(key))}{suggest_key(key, known)}"


def keys_at(path: KeyPath, values: Mapping[str, object]) -> list[str]:
    """Return the keys that are allowed in the mapping at a path; for a choice, the options of the named entry."""
    if path in CHOICES:
        name = _entry_at(path, values)
        return list(TABLES[CHOICES[path]][name].options) if name else []
    models = NESTED.get(path) or (_section(path),)
    return [key for model in models for key in model.model_fields]


def _section(path: KeyPath) -> type[BaseModel]:
    annotation = Spec.model_fields[str(path[0])].annotation if path else Spec
    return annotation if isinstance(annotation, type) else Spec


def _entry_at(path: KeyPath, values: object) -> str | None:
    if path not in CHOICES:
        return None
    for part in path:
        values = values.get(part) if isinstance(values, Mapping) else None
    name = values.get("name", DEFAULTS[path].name) if isinstance(values, Mapping) else values
    entry = find_entry(TABLES[CHOICES[path]], name)
    return entry.name if entry else None
