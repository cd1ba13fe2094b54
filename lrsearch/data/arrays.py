"""Examples and labels as arrays, before and after the split."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Pixels: TypeAlias = npt.NDArray[np.uint8]
"""Images, (N, C, H, W), 0 to 255, in any memory order."""
Labels: TypeAlias = npt.NDArray[np.int64]
"""Classes, (N,), from 0."""
Examples: TypeAlias = npt.NDArray[Any]
"""Examples of any kind, (N, ...): images (`Pixels`), texts as numbers of words, or rows of a table."""
Targets: TypeAlias = npt.NDArray[Any]
"""What a network learns, (N,): classes (`Labels`), or numbers (float64) for a regression."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Arrays:
    """A data set before it is split, without its test set.

    Attributes:
        x_train: Examples to train with; if there is no `x_val`, a part of these examples is held out for validation.
        y_train: Their classes or numbers.
        x_val: Examples that the data set provides for validation; None if there are none.
        y_val: The classes or numbers of `x_val`; None without `x_val`.
        n_classes: Number of classes, >= 2; None for a regression.
        class_names: Names of the classes; empty if the classes have no names.
        words: The words of texts, those with number 1, 2, and so on; empty for other examples.
        remarks: Remarks about the source, for example on files that were ignored; one line each.
    """

    x_train: Examples
    y_train: Targets
    x_val: Examples | None
    y_val: Targets | None
    n_classes: int | None
    class_names: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """The sizes of a split.

    Attributes:
        shape: Shape of an example: (channels, height, width) of an image, (words,) of a text, (columns,) of a row.
        n_classes: Number of classes, >= 2; None for a regression.
        n_train: Number of training examples.
        n_val: Number of validation examples.
        n_words: Numbers that a word of a text can have, padding included; None for other examples.
    """

    shape: tuple[int, ...]
    n_classes: int | None
    n_train: int
    n_val: int
    n_words: int | None = None

    @property
    def n_outputs(self) -> int:
        """Number of outputs of a network: one for each class, or one for a regression."""
        return self.n_classes or 1


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Split:
    """What a search trains and validates with.

    Attributes:
        x_train: Examples to train with.
        y_train: Their classes or numbers.
        x_val: Examples to validate with.
        y_val: Their classes or numbers.
        n_classes: Number of classes, >= 2; None for a regression.
        class_names: Names of the classes; empty if the classes have no names.
        n_words: See `Sizes`.
        words: The words of texts, in the order of their numbers, the first of which is 2 (`words.with_vocabulary`).
        remarks: Warnings about the data, one line each.
    """

    x_train: Examples
    y_train: Targets
    x_val: Examples
    y_val: Targets
    n_classes: int | None
    class_names: tuple[str, ...] = ()
    n_words: int | None = None
    words: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of an example; see `Sizes`."""
        return self.x_train.shape[1:]

    @property
    def sizes(self) -> Sizes:
        """The sizes of both parts."""
        return Sizes(
            shape=self.shape,
            n_classes=self.n_classes,
            n_train=len(self.y_train),
            n_val=len(self.y_val),
            n_words=self.n_words,
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TestPart:
    """Examples that no search has seen, to test the final network with.

    Attributes:
        x: The examples, in the form of those of a `Split`.
        y: Their classes or numbers.
    """

    __test__ = False  # pytest would take this class for tests

    x: Examples
    y: Targets


def checksum(values: Examples | Targets) -> int:
    """Compute the CRC-32 of examples or labels in C order. A CRC-32 detects changes, but not forgery."""
    of_listed: Callable[[], int] | None = getattr(values, "checksum", None)  # of examples that a Dataset loads
    if of_listed is not None:
        return of_listed()
    return zlib.crc32(np.ascontiguousarray(values).data)
