"""Counts and lists as a person reads them: the one place that makes a plural."""

from __future__ import annotations

from collections.abc import Sequence


def counted(n: float | str, noun: str) -> str:
    """How many of something, with the noun in the plural unless it is one.

    Args:
        n: How many; text where it is already formatted.
        noun: In the singular; its plural ends in s.

    Example:
        >>> counted(1, "rate"), counted(0, "seed"), counted("1.5", "epoch"), counted(20_000, "image")
        ('1 rate', '0 seeds', '1.5 epochs', '20,000 images')
    """
    number = n if isinstance(n, str) else f"{n:,}"
    return f"{number} {noun}" if number == "1" else f"{number} {noun}s"


def some_of(names: Sequence[str], most: int) -> str:
    """Names joined by commas; of more than so many the first, and how many more there are.

    Args:
        names: At least one.
        most: How many are named, >= 1.

    Example:
        >>> some_of(["a", "b"], 3), some_of(["a", "b", "c", "d"], 2)
        ('a, b', 'a, b and 2 more')
    """
    shown = ", ".join(names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"
