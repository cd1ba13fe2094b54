"""Turns the labels in a file into classes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lrsearch.data.arrays import Labels
from lrsearch.errors import DataError
from lrsearch.wording import some_of

MOST_CLASSES = 1000
_MOST_NAMED = 5  # classes that an error names


def known_classes(labels: Sequence[tuple[int, str]], names: Sequence[str], source: str) -> Labels:
    """Return the classes of the labels of a test file; (N,).

    Args:
        labels: The line and the label of each example.
        names: The names of the classes of the training file, in order.
        source: The file and the column, for error messages.

    Raises:
        DataError: A label is not a class of the training file.
    """
    number = {name: i for i, name in enumerate(names)}
    for line, label in labels:
        if label not in number:
            known = some_of([repr(name) for name in names], _MOST_NAMED)
            raise DataError(f"{source}: line {line}: '{label}' is not a class of the training part; they are {known}")
    return np.array([number[label] for _, label in labels], dtype=np.int64)


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


def alike_remarks(names: Sequence[str]) -> list[str]:
    """Say which names of classes differ only in upper and lower case, or in spaces around or inside them.

    Example:
        >>> alike_remarks(["Cats", "cats", "dogs"])[0].partition(";")[0]
        "data: the classes 'Cats' and 'cats' differ only in upper and lower case or in spaces"
    """
    first: dict[str, str] = {}
    remarks = []
    for name in names:
        form = " ".join(name.casefold().split())
        if form in first:
            remarks.append(
                f"data: the classes {first[form]!r} and {name!r} differ only in upper and lower case or in spaces; "
                "they are trained as two classes, so if they are one, give them the same name"
            )
        first.setdefault(form, name)
    return remarks
