"""Small pieces of messages: a number with its noun, a list in words, the word that a person may have meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence


def count(n: int, noun: str) -> str:
    """A number with its noun.

    Example:
        >>> count(1, "rate"), count(1200, "step")
        ('1 rate', '1,200 steps')
    """
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"


def one_of(words: Sequence[str]) -> str:
    """Words as a choice: `a, b or c`.

    Example:
        >>> one_of(["table"]), one_of(["table", "json", "csv"])
        ('table', 'table, json or csv')
    """
    *others, last = words
    return f"{', '.join(others)} or {last}" if others else last


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`; did you mean 'x'?` with the known word that is closest, or nothing.

    Example:
        >>> did_you_mean("adamx", ["sgd", "adamax"]), did_you_mean("vgg", ["sgd"])
        ("; did you mean 'adamax'?", '')
    """
    close = difflib.get_close_matches(word, list(known), n=1)
    return f"; did you mean '{close[0]}'?" if close else ""


def printable(text: str) -> str:
    """Text that a person typed, on one line and without control characters, cut to a readable length."""
    cut = text if len(text) <= 60 else f"{text[:60]}..."
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in cut)
