"""Learning rates and other numbers, rounded to significant digits: the one place that rounds what a person reads."""

from __future__ import annotations


def short_rate(lr: float) -> str:
    """A learning rate in three significant digits.

    Example:
        >>> [short_rate(lr) for lr in (0.1, 0.0215, 1e-05, 3.0, 0.123456)]
        ['0.1', '0.0215', '1e-05', '3', '0.123']
    """
    return significant(lr)


def significant(value: float, digits: int = 3) -> str:
    """A number as text with so many significant digits, trailing zeros dropped.

    Args:
        value: The number.
        digits: Significant digits, >= 1.

    Example:
        >>> significant(0.98765, 2), significant(1234.5, 2), significant(20.0, 4)
        ('0.99', '1.2e+03', '20')
    """
    return f"{value:.{digits}g}"


def rounded(value: float, digits: int) -> float:
    """A number with so many significant digits.

    Args:
        value: The number.
        digits: Significant digits, >= 1.

    Example:
        >>> rounded(0.0123456, 4)
        0.01235
    """
    return float(significant(value, digits))
