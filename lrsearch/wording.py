"""Text for people: plurals, lists, rounded numbers, and the known word closest to a mistyped one."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence


def counted(n: float | str, noun: str) -> str:
    """Format a count with its noun, in the plural unless the count is 1.

    Args:
        n: The count; text if it is already formatted.
        noun: The noun in the singular. Its plural must end in s.

    Example:
        >>> counted(1, "rate"), counted(0, "seed"), counted(2.5, "epoch"), counted(20_000, "image")
        ('1 rate', '0 seeds', '2.5 epochs', '20,000 images')
    """
    number = n if isinstance(n, str) else f"{n:,}".removesuffix(".0")
    return f"{number} {noun}" if number == "1" else f"{number} {noun}s"


def some_of(names: Sequence[str], most: int) -> str:
    """Join names by commas; show at most `most` of them, followed by the number of the others.

    Args:
        names: At least one.
        most: Largest number of names to show, >= 1.

    Example:
        >>> some_of(["a", "b"], 3), some_of(["a", "b", "c", "d"], 2)
        ('a, b', 'a, b and 2 more')
    """
    shown = ", ".join(names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"


def one_of(words: Sequence[str]) -> str:
    """Join words as a choice: `a, b or c`.

    Example:
        >>> one_of(["table"]), one_of(["table", "json", "csv"])
        ('table', 'table, json or csv')
    """
    *others, last = words
    return f"{', '.join(others)} or {last}" if others else last


def closest(word: str, known: Iterable[str], *, cutoff: float = 0.6) -> str | None:
    """Find the known word that is most similar to a given word; None if none is similar enough.

    Args:
        word: The word that the user typed.
        known: The words to choose from.
        cutoff: Smallest similarity that is enough, in [0, 1]: 0 means nothing in common, 1 the same word.

    Example:
        >>> closest("adamx", ["sgd", "adamax"]), closest("vgg", ["sgd", "adamax"])
        ('adamax', None)
    """
    return next(iter(difflib.get_close_matches(word, list(known), n=1, cutoff=cutoff)), None)


def short_rate(lr: float) -> str:
    """Format a learning rate with three significant digits.

    Example:
        >>> [short_rate(lr) for lr in (0.1, 0.0215, 1e-05, 3.0, 0.123456)]
        ['0.1', '0.0215', '1e-05', '3', '0.123']
    """
    return significant(lr)


def significant(value: float, digits: int = 3) -> str:
    """Format a number with a given count of significant digits, without trailing zeros.

    Args:
        value: The number.
        digits: Count of significant digits, >= 1.

    Example:
        >>> significant(0.98765, 2), significant(1234.5, 2), significant(20.0, 4)
        ('0.99', '1.2e+03', '20')
    """
    return f"{value:.{digits}g}"


def rounded(value: float, digits: int = 3) -> float:
    """Round a number to a given count of significant digits.

    Args:
        value: The number.
        digits: Count of significant digits, >= 1.

    Example:
        >>> rounded(0.0123456, 4)
        0.01235
    """
    return float(significant(value, digits))
