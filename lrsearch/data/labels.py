"""Turns the labels in a file into classes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lrsearch.data.arrays import Labels
from lrsearch.errors import DataError

MOST_CLASSES = 1000


def make_classes(labels: Sequence[str], source: str) -> tuple[Labels, tuple[str, ...]]:
    """Number the different labels: in the order of numbers if all are whole numbers, otherwise in alphabetical order.

    Args:
        labels: The label of each example, not empty; (N,).
        source: The file and the column, for error messages.

    Returns:
        The class of each example, from 0, (N,), and the names of the classes.

    Raises:
        DataError: There are fewer than two labels, or more than `MOST_CLASSES`.

    Example:
        >>> make_classes(["10", "9", "10"], "a.csv")
        (array([1, 0, 1]), ('9', '10'))
    """
    different = set(labels)
    if len(different) < 2:
        only = f"only the label '{next(iter(different))}'" if different else "no label"
        raise DataError(f"{source}: {only}; at least two classes are needed")
    if len(different) > MOST_CLASSES:
        raise DataError(f"{source}: {len(different):,} different labels; at most {MOST_CLASSES:,} classes are allowed")
    is_numbered = all(label.removeprefix("-").isdecimal() and label.isascii() for label in different)
    names = sorted(different, key=(lambda label: (int(label), label)) if is_numbered else None)
    number = {name: i for i, name in enumerate(names)}
    return np.array([number[label] for label in labels], dtype=np.int64), tuple(names)
