"""Describes a wrong value in a run's files: the field, the value, and the values that are allowed."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

_SHOWN_CHARACTERS = 40


def explain(error: ValidationError, values: object) -> str:
    """Describe the first problem of values that were read from JSON, in one line: `field: problem`."""
    problem = error.errors(include_url=False)[0]
    kind, context = problem["type"], problem.get("ctx", {})
    path = _path(problem["loc"], values, is_missing=kind == "missing")
    if kind == "missing":
        what = "is missing"
    elif kind == "value_error":
        what = f"{context['error']}, got {_shown(problem['input'])}"
    else:
        what = f"must be {_expected(kind, context)}, got {_shown(problem['input'])}"
    return f"{path}: {what}" if path else what


def _path(location: Sequence[int | str], values: object, *, is_missing: bool) -> str:
    """Return the path of the wrong field. Leave out the parts that pydantic adds if a field can have several types."""
    parts: list[str] = []
    for index, part in enumerate(location):
        is_there = part in values if isinstance(values, Mapping) else isinstance(values, list) and isinstance(part, int)
        if not is_there and not (is_missing and index == len(location) - 1):
            continue
        found = values[part] if is_there else None  # type: ignore[index]  # it is a mapping or a list
        text = str(part)
        parts.append(f"[{part}]" if isinstance(part, int) else f".{text if text.isidentifier() else json.dumps(text)}")
        values = found
    return "".join(parts).removeprefix(".")


def _expected(kind: str, context: Mapping[str, Any]) -> str:
    match kind:
        case "greater_than":
            return f"above {context['gt']:g}"
        case "greater_than_equal":
            return f"at least {context['ge']:g}"
        case "less_than_equal":
            return f"at most {context['le']:g}"
        case "literal_error":
            return str(context["expected"])
        case "too_short" | "too_long":
            least, most = context.get("min_length"), context.get("max_length")
            return (
                f"a list of {most or least}" if context["field_type"] == "List" else "an object with at least one key"
            )
    return _KINDS.get(kind, "something else")


_KINDS = {
    "string_type": "text",
    "is_instance_of": "text",
    "finite_number": "finite",
    "string_too_short": "text of at least one character",
    "int_type": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "list_type": "a list",
    "dict_type": "an object",
    "model_type": "an object",
}


def _shown(value: object) -> str:
    """Write a value from the file as JSON, cut to a few characters. JSON escapes control characters."""
    text = json.dumps(value)
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}..."
