"""Reads the rows of a CSV, TSV or JSONL file, one after another, and names the line of each mistake."""

from __future__ import annotations

import csv
import json
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from lrsearch.data.places import named_path
from lrsearch.errors import DataError
from lrsearch.wording import closest, some_of

ENDINGS = {".csv": ",", ".tsv": "\t", ".tab": "\t", ".jsonl": "", ".ndjson": ""}
"""The endings of files that are read, with their delimiter; "" for a JSON object on each line."""

_OTHERS = ";\t|"  # delimiters of CSV files whose first line has no comma
_MEASURED_BYTES = 1 << 20  # of a file, to estimate the number of its rows
_MOST_NAMED = 10  # columns that an error names


@dataclass(frozen=True, slots=True)
class Table:
    """A file of rows with named columns.

    Attributes:
        path: The path, as the user gave it.
        place: The file.
        columns: Names of the columns, in order.
        delimiter: Character between the fields of a row; "" for JSON objects.
    """

    path: str
    place: Path
    columns: tuple[str, ...]
    delimiter: str

    def rows(self) -> Iterator[tuple[int, Sequence[str]]]:
        """Yield the number of each line, from 1, and its fields, without spaces around them. Empty lines are left out.

        Raises:
            DataError: A line cannot be read, or has more or fewer fields than there are columns.
        """
        number = 0
        try:
            with self.place.open(encoding="utf-8-sig", newline="") as file:
                for number, fields in _fields(file, self.delimiter, self.columns, self.path):
                    yield number, fields
        except UnicodeDecodeError as error:
            raise DataError(
                f"{self.path}: is not UTF-8 (a byte {error.object[error.start]:#04x} after line {number}); save the "
                "file as UTF-8"
            ) from error
        except OSError as error:
            raise DataError(f"{self.path}: cannot be read ({error.strerror or error})") from error

    def index(self, key: str, name: str) -> int:
        """Return the index of the column that an option of the spec names.

        Args:
            key: The option's name.
            name: The column's name.

        Raises:
            DataError: There is no such column.
        """
        if name in self.columns:
            return self.columns.index(name)
        near = closest(name, self.columns)
        hint = f"; did you mean '{near}'?" if near else f"; the columns are {self.shown_columns()}"
        raise DataError(f"{self.path}: data.dataset.{key}: there is no column '{name}'{hint}")

    def shown_columns(self) -> str:
        """Return the names of the columns for a message. If there are many, only some are named."""
        return some_of(list(map(repr, self.columns)), _MOST_NAMED)


def open_table(path: str) -> Table:
    """Read the names of the columns of a file.

    Args:
        path: A file with one of the `ENDINGS`. The first line of a CSV file has the names. If this line has no comma,
            the delimiter is `;`, a tab or `|`, if the line has one of them. A JSONL file has the keys of its first
            object.

    Raises:
        DataError: There is no such file, it is empty, it cannot be read, or a name is missing or occurs twice.
    """
    place = _check_place(path)
    delimiter = ENDINGS[place.suffix.lower()]
    try:
        with place.open(encoding="utf-8-sig", newline="") as file:
            first = file.readline(csv.field_size_limit())
            if delimiter == "," and "," not in first:
                delimiter = next((other for other in _OTHERS if other in first), delimiter)
            file.seek(0)
            columns = _columns(file, delimiter, path)
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: is not UTF-8; save the file as UTF-8") from error
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror or error})") from error
    if unnamed := [i for i, name in enumerate(columns, start=1) if not name]:
        raise DataError(f"{path}: column {unnamed[0]} has no name in the first line")
    if twice := [name for i, name in enumerate(columns) if name in columns[:i]]:
        raise DataError(f"{path}: two columns are named '{twice[0]}'")
    return Table(path, place, columns, delimiter)


def find_column(table: Table, key: str, names: Sequence[str]) -> int:
    """Find the only column with one of some names.

    Args:
        table: The file.
        key: The option of the spec that names such a column.
        names: The names, in lower case.

    Raises:
        DataError: There is no such column, or more than one.
    """
    found = [i for i, name in enumerate(table.columns) if name.lower() in names]
    if len(found) == 1:
        return found[0]
    problem = "no column is" if not found else "several columns are"
    raise DataError(
        f"{table.path}: {problem} named {key} or alike; set data.dataset.{key} to one of {table.shown_columns()}"
    )


def estimated_rows(table: Table) -> int:
    """Estimate the number of rows of a file from the length of its first lines."""
    with table.place.open("rb") as file:
        start = file.read(_MEASURED_BYTES)
    return round(table.place.stat().st_size * (start.count(b"\n") + 1) / max(1, len(start)))


def _check_place(path: str) -> Path:
    place = named_path(path)
    try:
        mode = place.stat().st_mode
    except FileNotFoundError as error:
        raise DataError(f"{path}: no such file") from error
    except (OSError, ValueError) as error:
        raise DataError(f"{path}: cannot be read ({getattr(error, 'strerror', None) or error})") from error
    known = ", ".join(ENDINGS)
    if stat.S_ISDIR(mode):
        raise DataError(f"{path}: is a folder; expected a file ({known})")
    if not stat.S_ISREG(mode):  # a FIFO would never end
        raise DataError(f"{path}: is not a regular file; expected a file ({known})")
    if place.suffix.lower() not in ENDINGS:
        raise DataError(f"{path}: expected a file that ends in {known}")
    return place


def _columns(file: TextIO, delimiter: str, path: str) -> tuple[str, ...]:
    if not delimiter:
        found = next(_objects(file, path), None)
        if found is None:
            raise DataError(f"{path}: the file is empty")
        return tuple(found[1])
    try:
        fields = next((fields for fields in csv.reader(file, delimiter=delimiter, strict=True) if fields), None)
    except csv.Error as error:
        raise DataError(f"{path}: line 1: {_explained(error)}") from error
    if fields is None:
        raise DataError(f"{path}: the file is empty")
    return tuple(name.strip() for name in fields)


def _fields(file: TextIO, delimiter: str, columns: Sequence[str], path: str) -> Iterator[tuple[int, Sequence[str]]]:
    """Yield the fields of each line after the names of the columns."""
    if not delimiter:
        for number, values in _objects(file, path):
            if missing := [name for name in columns if name not in values]:
                raise DataError(f"{path}: line {number}: there is no key '{missing[0]}'")
            yield number, [_as_text(values[name]) for name in columns]
        return
    reader = csv.reader(file, delimiter=delimiter, strict=True)  # otherwise an open quote swallows all lines behind it
    is_first, start = True, 1
    try:
        for fields in reader:
            if fields and not is_first:
                if len(fields) != len(columns):
                    raise DataError(
                        f"{path}: line {reader.line_num} has {len(fields)} fields, but the first line names "
                        f"{len(columns)} columns"
                    )
                yield reader.line_num, [field.strip() for field in fields]
            is_first, start = is_first and not fields, reader.line_num + 1
    except csv.Error as error:
        raise DataError(f"{path}: line {start}: {_explained(error)}") from error


def _explained(error: csv.Error) -> str:
    if "field limit" in str(error):
        return f"a field has more than {csv.field_size_limit():,} characters; is a closing quote missing?"
    if "end of data" in str(error):
        return "a quote is opened and never closed"
    if "expected after" in str(error):
        return "text stands behind a closing quote; write a quote inside of a field twice, or is a quote missing?"
    return str(error)


def _objects(file: TextIO, path: str) -> Iterator[tuple[int, dict[str, object]]]:
    for number, line in enumerate(file, start=1):
        if not line.strip():
            continue
        try:
            values = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise DataError(f"{path}: line {number}: is not JSON ({error})") from error
        if not isinstance(values, dict):
            raise DataError(f'{path}: line {number}: expected an object such as {{"text": "...", "label": "..."}}')
        yield number, values


def _as_text(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case str():
            return value.strip()
    return json.dumps(value)
