"""Learning rates as a person writes them."""

from __future__ import annotations


def short_rate(lr: float) -> str:
    """A rate in three digits, trailing zeros dropped.

    Example:
        >>> [short_rate(lr) for lr in (0.1, 0.0215, 1e-05, 3.0, 0.123456)]
        ['0.1', '0.0215', '1e-05', '3', '0.123']
    """
    return f"{lr:.3g}"
