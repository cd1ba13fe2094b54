"""How the `width` of a model scales its layers."""

from __future__ import annotations


def scaled(units: int, width: float) -> int:
    """Number of units or channels at a width, at least 1.

    Example:
        >>> scaled(64, 0.5), scaled(16, 0.01)
        (32, 1)
    """
    return max(1, round(units * width))
