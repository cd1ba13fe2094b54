"""How messages write values, paths and counts."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from typing import TypeAlias

KeyPath: TypeAlias = tuple[str | int, ...]
"""The keys, and positions in lists from 0, that lead to a value."""

_MAX_SHOWN = 60  # characters of a value that a message repeats


def show(value: object) -> str:
    """A value as a message repeats it: a number in full, a long text cut, a mapping or list by its kind."""
    if isinstance(value, str):
        return f"text {quote(value)}"
    if isinstance(value, float):
        return f"{value:g}" if float(f"{value:g}") == value else repr(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value) if value.bit_length() < 200 else "a number of very many digits"
    if isinstance(value, Mapping | list | tuple):
        return f"{'a' if value else 'an empty'} {'mapping' if isinstance(value, Mapping) else 'list'}"
    return {"None": "null", "True": "true", "False": "false"}.get(repr(value), f"a {type(value).__name__}")


def quote(text: str) -> str:
    """Text between quotes, cut to a readable length; characters that UTF-8 cannot encode become escapes."""
    return f"'{_readable(text)}'"


def dotted(path: KeyPath) -> str:
    """A path as people write it: `search.lr[3]`."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{_readable(part)}" for part in path).removeprefix(".")


def _readable(text: str) -> str:
    cut = text if len(text) <= _MAX_SHOWN else f"{text[:_MAX_SHOWN]}..."
    return cut.encode("utf-8", "backslashreplace").decode()


def suggestion(word: object, known: Iterable[str]) -> str:
    """`; did you mean 'x'?` with the most similar known word; "" if none is similar."""
    if not isinstance(word, str) or len(word) > _MAX_SHOWN:
        return ""
    close = difflib.get_close_matches(word.lower(), list(known), n=1)
    return f"; did you mean '{close[0]}'?" if close else ""


def counted(number: float, noun: str) -> str:
    """A number with its noun, which is in the plural unless the number is 1.

    Args:
        number: How many; may be a fraction.
        noun: The singular; its plural ends in s.

    Example:
        >>> counted(1, "epoch"), counted(2.5, "epoch"), counted(0, "step")
        ('1 epoch', '2.5 epochs', '0 steps')
    """
    return f"{show(number)} {noun}" if number == 1 else f"{show(number)} {noun}s"
