"""The data set `table`: rows of a CSV, TSV or JSONL file, with a column of classes or of numbers to predict."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from lrsearch.data.arrays import Arrays, Examples, Targets, TestPart
from lrsearch.data.columns import Column, read_columns
from lrsearch.data.delimited import Table, estimated_rows, find_column, open_table
from lrsearch.data.download import Progress
from lrsearch.data.labels import known_classes, make_classes
from lrsearch.data.loader import Loader, path_of, state_of
from lrsearch.data.memory import check_fits
from lrsearch.data.numbers import is_missing, parse_number
from lrsearch.data.places import named_path
from lrsearch.data.standardised import standardised
from lrsearch.data.test_file import converted, open_test_table, same_columns
from lrsearch.errors import DataError
from lrsearch.spec import DataSpec, task_kind

_LABELS = ("label", "labels", "class", "target", "y")
_NUMBER_BYTES = 8
_FEW_NUMBERS = 20  # so many different whole numbers may be classes, however few rows there are


def load_table(table: Table, label: str | None, ignored: Sequence[str], *, is_regression: bool) -> Arrays:
    """Read the rows of a file.

    Args:
        table: The file.
        label: Name of the column to predict; None to find it by its name.
        ignored: Names of columns to leave out.
        is_regression: Whether the label is a number. Otherwise it is a class.

    Returns:
        A row for each line: numbers, NaN for a missing one, and a column of 0 and 1 for each text of a column of texts.

    Raises:
        DataError: A column is not found, a line cannot be read, or a column or the labels cannot be used.
    """
    return _read(table, label, ignored, is_regression=is_regression)[0]


def _read(
    table: Table, label: str | None, ignored: Sequence[str], *, is_regression: bool
) -> tuple[Arrays, int, list[Column]]:
    """Return what `load_table` returns, the index of the label's column, and the columns that are used."""
    of_label, others = _chosen(table, label, ignored)
    labels, columns = read_columns(table, of_label, others)
    if not labels:
        raise DataError(f"{table.path}: has no rows after the names of the columns")
    source = f"{table.path}: column '{table.columns[of_label]}'"
    used = [column for column in columns if not column.is_constant]
    if not used:
        raise DataError(f"{table.path}: no column beside the label has more than one value")
    _check_fits(len(labels), sum(column.width for column in used), table.path)
    x = _fill(table, len(labels), used)
    remarks = [
        f"data: column '{column.name}' has the same value in all rows; it is left out"
        for column in columns
        if column.is_constant
    ]
    remarks += [column.remark for column in used if column.remark]
    names: tuple[str, ...] = ()
    y: Targets
    if is_regression:
        y = _numbers(labels, source)
        if y.min() == y.max():
            raise DataError(f"{source}: every row has {y[0]:g}; there is nothing to learn")
        remarks += _number_remarks(y, source)
    else:
        _check_classes(labels, source)
        y, names = make_classes([label for _, label in labels], source)
    arrays = Arrays(
        x_train=x,
        y_train=y,
        x_val=None,
        y_val=None,
        n_classes=None if is_regression else len(names),
        class_names=names,
        remarks=tuple(remarks),
    )
    return arrays, of_label, used


def load_test(table: Table, test: Table, data: DataSpec) -> TestPart:
    """Read the rows of a test file as those of the training file: with its columns, texts and classes.

    A text that the training file does not have is treated as a missing text.

    Args:
        table: The training file.
        test: The test file. It may have further columns, and other orders of columns and rows.
        data: The spec's data section.

    Raises:
        DataError: A column is missing, a line cannot be read, or a field or a label does not fit the training file.
    """
    label, ignored = _options(data)
    is_regression = task_kind(data.dataset) == "regression"
    arrays, of_label, used = _read(table, label, ignored, is_regression=is_regression)
    test_label, *others = same_columns(test, table, [of_label, *(column.index for column in used)])
    columns = [replace(column, index=index) for column, index in zip(used, others, strict=True)]
    labels: list[tuple[int, str]] = []
    for line, fields in test.rows():
        if is_missing(fields[test_label]):
            raise DataError(f"{test.path}: line {line}: the label '{test.columns[test_label]}' is missing")
        labels.append((line, fields[test_label]))
        for column in columns:
            _check_field(test.path, line, column, fields[column.index])
    if not labels:
        raise DataError(f"{test.path}: has no rows after the names of the columns")
    source = f"{test.path}: column '{test.columns[test_label]}'"
    y = _numbers(labels, source) if is_regression else known_classes(labels, arrays.class_names, source)
    return converted(arrays, _fill(test, len(labels), columns), y, data, standardised)


def _check_field(path: str, line: int, column: Column, of_row: str) -> None:
    """Refuse a text in a column of numbers."""
    if not column.texts and not is_missing(of_row):
        number = parse_number(of_row)
        if number is None or not math.isfinite(number):
            raise DataError(
                f"{path}: column '{column.name}': line {line}: '{of_row}' is not a finite number, as in the training "
                "file"
            )


def _chosen(table: Table, label: str | None, ignored: Sequence[str]) -> tuple[int, list[int]]:
    """Return the index of the label's column, and the indices of the columns to predict from."""
    of_label = table.index("label", label) if label is not None else find_column(table, "label", _LABELS)
    left_out = {table.index("ignore", name) for name in ignored}
    if of_label in left_out:
        raise DataError(f"{table.path}: data.dataset.ignore names the label '{table.columns[of_label]}'")
    others = [i for i in range(len(table.columns)) if i != of_label and i not in left_out]
    if not others:
        raise DataError(f"{table.path}: there is no column beside the label")
    return of_label, others


def _fill(table: Table, n_rows: int, columns: Sequence[Column]) -> Examples:
    x = np.empty((n_rows, sum(column.width for column in columns)))
    for row, (_, fields) in zip(x, table.rows(), strict=True):
        row[:] = [value for column in columns for value in column.values(fields[column.index])]
    return x


def _numbers(labels: Sequence[tuple[int, str]], source: str) -> Targets:
    values = []
    for line, label in labels:
        value = parse_number(label)
        if value is None or not math.isfinite(value):
            advice = "; for classes, set data.dataset.task to classification" if value is None else ""
            raise DataError(f"{source}: line {line}: '{label}' is not a finite number{advice}")
        values.append(value)
    return np.array(values)


def _number_remarks(y: Targets, source: str) -> Iterator[str]:
    different = np.unique(y)
    if len(different) == 2:
        low, high = different
        values = f"the values {low:g} and {high:g}"
        yield f"data: {source} has only {values}; for classes, set data.dataset.task to classification"


def _check_classes(labels: Sequence[tuple[int, str]], source: str) -> None:
    """Refuse labels that look like numbers to predict."""
    advice = "for a regression, set data.dataset.task to regression"
    numbers = [parse_number(label) for _, label in labels]
    if any(number is None for number in numbers):
        return
    for (line, label), number in zip(labels, numbers, strict=True):
        if number is not None and not number.is_integer():
            raise DataError(f"{source}: line {line}: '{label}' has a fraction, so it is no class; {advice}")
    n_different = len(set(numbers))
    if n_different > max(_FEW_NUMBERS, len(labels) // 5):
        raise DataError(f"{source}: {n_different:,} different numbers in {len(labels):,} rows are no classes; {advice}")


def _check_fits(n_rows: int, n_columns: int, source: str) -> None:
    check_fits(n_rows * n_columns * _NUMBER_BYTES, source, "give fewer rows or columns", "rows")


def _options(data: DataSpec) -> tuple[str | None, list[str]]:
    options = data.dataset.options
    label, ignored = options["label"], options["ignore"]
    names = [name.strip() for name in str(ignored or "").split(",")]
    return None if label is None else str(label), [name for name in names if name]


def _load(data: DataSpec, _: Progress | None) -> Arrays:
    label, ignored = _options(data)
    is_regression = task_kind(data.dataset) == "regression"
    return load_table(open_table(path_of(data)), label, ignored, is_regression=is_regression)


def _load_test(data: DataSpec, _: Progress | None) -> TestPart | None:
    test = open_test_table(data)
    return None if test is None else load_test(open_table(path_of(data)), test, data)


def _check_test(data: DataSpec) -> None:
    if (test := open_test_table(data)) is not None:
        table = open_table(path_of(data))
        of_label, _ = _chosen(table, *_options(data))
        same_columns(test, table, [of_label])


def _state(data: DataSpec) -> list[object]:
    return [state_of(named_path(path_of(data)))]


def _check(data: DataSpec) -> None:
    table = open_table(path_of(data))
    _, others = _chosen(table, *_options(data))
    _check_fits(estimated_rows(table), len(others), table.path)


LOADERS = {
    "table": Loader(
        load=_load,
        state=_state,
        test=_load_test,
        check_test=_check_test,
        check=_check,
        finish=standardised,
        resident="lrsearch.data.vectors",
    )
}
