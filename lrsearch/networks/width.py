"""How the option `width` of a model scales its layers."""

from __future__ import annotations


def scaled(units: int, width: float) -> int:
    """Multiply a number of units or channels by the width and round it; at least 1.

    Example:
        >>> scaled(64, 0.5), scaled(16, 0.01)
        (32, 1)
    """
    return max(1, round(units * width))
