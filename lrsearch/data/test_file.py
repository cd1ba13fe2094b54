"""A file of test examples beside that of the training examples: `data.test_path`."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from lrsearch.data.arrays import Arrays, Examples, Split, Targets, TestPart
from lrsearch.data.delimited import Table, open_table
from lrsearch.data.split import split
from lrsearch.errors import DataError
from lrsearch.spec import DataSpec
from lrsearch.wording import closest


def open_test_table(data: DataSpec) -> Table | None:
    """Read the names of the columns of the file that `data.test_path` names; None if the spec names none.

    Raises:
        DataError: The file cannot be read.
    """
    if data.test_path is None:
        return None
    try:
        return open_table(data.test_path)
    except DataError as error:
        raise DataError(*(f"data.test_path: {line}" for line in error.lines)) from None


def same_columns(test: Table, train: Table, wanted: Sequence[int]) -> list[int]:
    """Return the indices, in a test file, of columns of the training file. Their order may differ.

    Args:
        test: The test file.
        train: The training file.
        wanted: The indices of the columns in the training file.

    Raises:
        DataError: A column is missing.
    """
    for name in (train.columns[i] for i in wanted):
        if name not in test.columns:
            near = closest(name, test.columns)
            hint = f"it has '{near}'; rename it" if near else f"its columns are {test.shown_columns()}"
            raise DataError(f"data.test_path: {test.path}: there is no column '{name}', as in {train.path}; {hint}")
    return [test.columns.index(train.columns[i]) for i in wanted]


def converted(
    arrays: Arrays, x: Examples, y: Targets, data: DataSpec, finish: Callable[[Split, DataSpec], Split]
) -> TestPart:
    """Convert test examples as a search converts validation examples, with facts of its training part alone.

    Args:
        arrays: The data that the search splits.
        x: The test examples, in the form of those of `arrays`.
        y: Their classes or numbers.
        data: The spec's data section.
        finish: See `data.loader.Loader`.
    """
    parts = split(arrays, data)
    found = finish(
        Split(x_train=parts.x_train, y_train=parts.y_train, x_val=x, y_val=y, n_classes=parts.n_classes), data
    )
    return TestPart(x=found.x_val, y=found.y_val)
