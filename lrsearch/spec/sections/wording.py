"""Formats values and paths for messages about a spec."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeAlias

from lrsearch.wording import closest

KeyPath: TypeAlias = tuple[str | int, ...]
"""The keys and the list indices (from 0) that lead to a value."""

_MAX_SHOWN = 60  # most characters of a value that a message shows


def show(value: object) -> str:
    """Format a value for a message. Long text is cut. A mapping or a list is only named, as `a mapping`."""
    if isinstance(value, str):
        return f"text {quote(value)}"
    if isinstance(value, float):
        return f"{value:g}" if float(f"{value:g}") == value else repr(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value) if value.bit_length() < 200 else "a number with too many digits"
    if isinstance(value, Mapping | list | tuple):
        return f"{'a' if value else 'an empty'} {'mapping' if isinstance(value, Mapping) else 'list'}"
    return {"None": "null", "True": "true", "False": "false"}.get(repr(value), f"a {type(value).__name__}")


def quote(text: str) -> str:
    """Put text in quotes and cut it to a readable length. Characters that UTF-8 cannot encode are escaped."""
    return f"'{_readable(text)}'"


def dotted(path: KeyPath) -> str:
    """Write a path as text, such as `search.lr[3]`."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{_readable(part)}" for part in path).removeprefix(".")


def _readable(text: str) -> str:
    cut = text if len(text) <= _MAX_SHOWN else f"{text[:_MAX_SHOWN]}..."
    return cut.encode("utf-8", "backslashreplace").decode()


def suggestion(word: object, known: Iterable[str]) -> str:
    """Suggest the most similar known word, as `; did you mean 'x'?`; "" if none is similar."""
    if not isinstance(word, str) or len(word) > _MAX_SHOWN:
        return ""
    meant = closest(word.lower(), known)
    return "" if meant is None else f"; did you mean '{meant}'?"
