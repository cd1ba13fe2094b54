"""Finds out whether each column of a table holds numbers or a few different texts."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from lrsearch.data.delimited import Table
from lrsearch.data.numbers import has_marks, has_unit, is_date, is_missing, parse_number
from lrsearch.errors import DataError

MOST_TEXTS = 100
"""Largest number of different texts in a column. Each text becomes a column of its own."""

_MANY_NUMBERS = 5  # so many different numbers among texts may be a column of numbers with mistakes
_ADVICE = "leave the column out with data.dataset.ignore"


@dataclass
class Column:
    """One column of a table, to predict from.

    Attributes:
        index: Index of the column in a row.
        name: Its name.
        texts: The different texts, sorted, once all rows are read; empty for numbers.
        is_constant: Whether all rows have the same value, or no value.
    """

    index: int
    name: str
    texts: tuple[str, ...] = ()
    is_constant: bool = True
    _first: str | None = field(default=None, repr=False)
    _seen: set[str] = field(default_factory=set, repr=False)
    _text_at: tuple[int, str] | None = field(default=None, repr=False)
    _has_words: bool = field(default=False, repr=False)

    @property
    def width(self) -> int:
        """Number of columns that a network sees in place of this column."""
        return len(self.texts) or 1

    @property
    def remark(self) -> str:
        """A line about a column of numbers that counts as texts, because of texts or units in it; "" for any other."""
        n_numbers = sum(parse_number(text) is not None for text in self.texts)
        if self._text_at is None or len(self.texts) < _MANY_NUMBERS:
            return ""
        line, text = self._text_at
        if all(map(has_unit, self.texts)):
            return (
                f"data: column '{self.name}' has numbers with a sign or a unit, such as '{text[:40]}' on line {line}, "
                "so each of its values counts as a text; leave out the sign if this should be a column of numbers"
            )
        if n_numbers < _MANY_NUMBERS or 2 * n_numbers <= len(self.texts):
            return ""
        return (
            f"data: column '{self.name}' has {n_numbers} different numbers, but also '{text[:40]}' on line {line}, so "
            "each of its values counts as a text; mend the line if this should be a column of numbers"
        )

    def values(self, of_row: str) -> list[float]:
        """Return the numbers that stand for a field: the number itself, or a 1 at the place of its text.

        NaN if missing.

        All numbers for a missing text are 0.
        """
        if self.texts:
            return [float(of_row == text) for text in self.texts]
        return [math.nan if is_missing(of_row) else float(of_row)]

    def see(self, line: int, of_row: str, path: str) -> None:
        """Take the field of the next row.

        Raises:
            DataError: The field is a date or an infinite number, or there are too many different texts.
        """
        if self._first is None:
            self._first = of_row
        self.is_constant = self.is_constant and of_row == self._first
        if is_missing(of_row):
            return
        where = f"{path}: column '{self.name}'"
        number = parse_number(of_row)
        if number is not None and not math.isfinite(number):
            raise DataError(f"{where}: line {line}: '{of_row}' is not a finite number")
        self._has_words |= number is None and not has_marks(of_row)
        if number is None and self._text_at is None:
            if is_date(of_row):
                raise DataError(
                    f"{where} holds dates, such as '{of_row}' on line {line}; write them as numbers, or {_ADVICE}"
                )
            self._text_at = line, of_row
        if len(self._seen) <= MOST_TEXTS:
            self._seen.add(of_row)
        if self._text_at is not None and len(self._seen) > MOST_TEXTS:
            at, text = self._text_at
            raise DataError(
                f"{where} has more than {MOST_TEXTS} different values and is no column of numbers, because of "
                f"'{text[:40]}' on line {at}; {_ADVICE}"
            )

    def finish(self, path: str) -> None:
        """Decide, after the last row, whether the column holds numbers or texts.

        Raises:
            DataError: The column holds numbers with commas or other marks.
        """
        if self._text_at is not None and not self._has_words:
            line, text = self._text_at
            raise DataError(
                f"{path}: column '{self.name}': line {line}: '{text}' is no plain number; write numbers with a point "
                f"and without marks between thousands, such as 1234.5, or {_ADVICE}"
            )
        self.texts = tuple(sorted(self._seen)) if self._text_at is not None else ()


def _is_nested(field: str) -> bool:
    """Whether a field of a JSONL file is a list or an object."""
    if not field.startswith(("[", "{")):
        return False
    try:
        json.loads(field)
    except (ValueError, RecursionError):
        return False
    return True


def read_columns(table: Table, of_label: int, others: Sequence[int]) -> tuple[list[tuple[int, str]], list[Column]]:
    """Read a whole table once, to find out what its columns hold.

    Args:
        table: The file.
        of_label: Index of the column to predict.
        others: Indices of the columns to predict from.

    Returns:
        The label of each row with the number of its line, and the other columns.

    Raises:
        DataError: A label is missing, a line cannot be read, or a column cannot be used.
    """
    columns = [Column(index, table.columns[index]) for index in others]
    labels: list[tuple[int, str]] = []
    for line, fields in table.rows():
        if is_missing(fields[of_label]):
            raise DataError(f"{table.path}: line {line}: the label '{table.columns[of_label]}' is missing")
        labels.append((line, fields[of_label]))
        for column in columns:
            if not table.delimiter and _is_nested(fields[column.index]):
                raise DataError(
                    f"{table.path}: column '{column.name}': line {line}: expected a number or a text, got a list or an "
                    f"object; write its values as columns of their own, or {_ADVICE}"
                )
            column.see(line, fields[column.index], table.path)
    for column in columns:
        column.finish(table.path)
    return labels, columns
