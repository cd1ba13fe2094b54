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


def closest(word: str, known: Iterable[str], *, cutoff: float = 0.6) -> str | None:
    """The known word that is most similar to a word; None if none is similar.

    Args:
        word: What was typed.
        known: The words that it may have meant.
        cutoff: The least similarity, in [0, 1]: 0 is nothing in common, 1 is the same word.

    Example:
        >>> closest("adamx", ["sgd", "adamax"]), closest("vgg", ["sgd", "adamax"])
        ('adamax', None)
    """
    return next(iter(difflib.get_close_matches(word, list(known), n=1, cutoff=cutoff)), None)


def printable(text: str) -> str:
    """Text that a person typed, on one line and without control characters, cut to a readable length."""
    cut = text if len(text) <= 60 else f"{text[:60]}..."
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in cut)
