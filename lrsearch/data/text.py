"""The data set `text`: your own texts, in a CSV, TSV or JSONL file, or as .txt files in one folder per class."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path

import numpy as np

from lrsearch.data.arrays import Arrays, Examples, Labels, TestPart
from lrsearch.data.delimited import Table, estimated_rows, find_column, open_table
from lrsearch.data.download import Progress
from lrsearch.data.folder_listing import TEXTS, Listing, list_folder, shown
from lrsearch.data.labels import known_classes, make_classes
from lrsearch.data.loader import Loader, path_of, state_of
from lrsearch.data.places import named_path
from lrsearch.data.test_file import converted, open_test_table, same_columns
from lrsearch.data.words import (
    check_texts_fit,
    empty_remarks,
    number_words,
    text_options,
    with_vocabulary,
    words_and_numbers,
)
from lrsearch.errors import DataError
from lrsearch.spec import DataSpec

_LABELS = ("label", "labels", "class", "target", "sentiment", "category", "y")
_COLUMNS = ("text", "texts", "review", "sentence", "content", "message", "comment", "document", "body")


def load_file(table: Table, text: str | None, label: str | None, length: int, *, lower: bool) -> Arrays:
    """Read texts and their labels from the rows of a file.

    Args:
        table: The file.
        text: Name of the column of texts; None to find it by its name, or as the only column beside the label.
        label: Name of the column of labels; None to find it by its name.
        length: Number of words to keep of each text.
        lower: Whether upper and lower case are the same.

    Raises:
        DataError: A column is not found, a line cannot be read, a label is empty, or there are fewer than two classes.
    """
    of_text, of_label = text_columns(table, text, label)
    labels: list[tuple[int, str]] = []
    words, x = words_and_numbers(_texts(table, of_text, of_label, labels), length, lower=lower)
    return replace(_arrays(table, of_label, x, labels), words=words)


def load_file_test(
    table: Table, test: Table, text: str | None, label: str | None, length: int, *, lower: bool
) -> tuple[Arrays, Examples, Labels]:
    """Read texts and their labels from a file, and test texts from another one.

    Returns:
        What `load_file` returns; the test texts, (N, length), whose words have the same numbers; and their classes.

    Raises:
        DataError: See `load_file`; or a column is missing in the test file, or has a label that is no class.
    """
    of_text, of_label = text_columns(table, text, label)
    labels: list[tuple[int, str]] = []
    test_labels: list[tuple[int, str]] = []
    test_text, test_label = same_columns(test, table, (of_text, of_label))
    # Numbered together, the words of both keep their alphabetical order, so the vocabulary is that of the search.
    texts = chain(_texts(table, of_text, of_label, labels), _texts(test, test_text, test_label, test_labels))
    x = number_words(texts, length, lower=lower)
    arrays = _arrays(table, of_label, x[: len(labels)], labels)
    y = known_classes(test_labels, arrays.class_names, f"{test.path}: column '{test.columns[test_label]}'")
    return arrays, x[len(labels) :], y


def _texts(table: Table, of_text: int, of_label: int, labels: list[tuple[int, str]]) -> Iterator[str]:
    """Yield the text of each row. Append the line and the label of the row to `labels`."""
    n_before = len(labels)
    for number, fields in table.rows():
        if not fields[of_label]:
            raise DataError(f"{table.path}: line {number}: the label is empty")
        labels.append((number, fields[of_label]))
        yield fields[of_text]
    if len(labels) == n_before:
        raise DataError(f"{table.path}: has no rows after the names of the columns")


def _arrays(table: Table, of_label: int, x: Examples, labels: Sequence[tuple[int, str]]) -> Arrays:
    y, names = make_classes([label for _, label in labels], f"{table.path}: column '{table.columns[of_label]}'")
    remarks = empty_remarks(x, table.path)
    return Arrays(
        x_train=x, y_train=y, x_val=None, y_val=None, n_classes=len(names), class_names=names, remarks=remarks
    )


def text_columns(table: Table, text: str | None, label: str | None) -> tuple[int, int]:
    """Return the indices of the columns of texts and of labels; see `load_file`.

    Raises:
        DataError: A column is not found.
    """
    of_label = table.index("label", label) if label is not None else find_column(table, "label", _LABELS)
    if text is not None:
        of_text = table.index("text", text)
    elif len(table.columns) == 2:
        of_text = 1 - of_label
    else:
        of_text = find_column(table, "text", _COLUMNS)
    if of_text == of_label:
        raise DataError(f"{table.path}: the column '{table.columns[of_text]}' cannot be both text and label")
    return of_text, of_label


def load_folder(path: str, length: int, *, lower: bool) -> Arrays:
    """Read texts from files, in one folder per class.

    Args:
        path: See `list_folder`.
        length: Number of words to keep of each text.
        lower: Whether upper and lower case are the same.

    Raises:
        DataError: `list_folder` raises an error, or a file cannot be read.
    """
    return _load_parts(path, list_folder(path, wanted=TEXTS), length, lower=lower)[0]


def load_folder_test(path: str, length: int, *, lower: bool) -> tuple[Arrays, Examples, Labels] | None:
    """Read the texts that `load_folder` reads, and those of the folder `test`; None if there is no such folder.

    Returns:
        What `load_folder` returns; the test texts, (N, length), whose words have the same numbers; and their classes.
    """
    test = list_folder(path, "test", TEXTS).get("test")
    if test is None:
        return None
    arrays, x = _load_parts(path, {**list_folder(path, wanted=TEXTS), "test": test}, length, lower=lower)
    return arrays, x, _labels(test)


def _load_parts(path: str, parts: Mapping[str, Listing], length: int, *, lower: bool) -> tuple[Arrays, Examples]:
    """Read the texts of all parts. Return those to train and to validate with, and the rest."""
    files = [file for listing in parts.values() for file in listing.files]
    train, val = parts["train"], parts.get("val")
    words, x = words_and_numbers(map(_read_text, files), length, lower=lower)
    n_train, n_both = len(train.files), len(train.files) + (0 if val is None else len(val.files))
    remarks = [remark for name, listing in parts.items() if name != "test" for remark in listing.remarks]
    arrays = Arrays(
        x_train=x[:n_train],
        y_train=_labels(train),
        x_val=None if val is None else x[n_train:n_both],
        y_val=None if val is None else _labels(val),
        n_classes=len(train.classes),
        class_names=train.classes,
        words=words,
        remarks=(*remarks, *empty_remarks(x[:n_both], path)),
    )
    return arrays, x[n_both:]


def _labels(listing: Listing) -> np.ndarray:
    return np.array(listing.labels, dtype=np.int64)


def _read_text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(f"{shown(file)}: is not UTF-8 (byte {error.start + 1}); save the file as UTF-8") from error
    except OSError as error:
        raise DataError(f"{shown(file)}: cannot be read ({error.strerror or error})") from error


def _column(data: DataSpec, key: str) -> str | None:
    value = data.dataset.options[key]
    return None if value is None else str(value)


def _load(data: DataSpec, _: Progress | None) -> Arrays:
    path = path_of(data)
    length, lower = text_options(data)
    if named_path(path).is_dir():
        return load_folder(path, length, lower=lower)
    return load_file(open_table(path), _column(data, "text"), _column(data, "label"), length, lower=lower)


def _load_test(data: DataSpec, _: Progress | None) -> TestPart | None:
    path = path_of(data)
    length, lower = text_options(data)
    if named_path(path).is_dir():
        _check_test(data)
        found = load_folder_test(path, length, lower=lower)
    elif (test := open_test_table(data)) is not None:
        columns = _column(data, "text"), _column(data, "label")
        found = load_file_test(open_table(path), test, *columns, length, lower=lower)
    else:
        found = None
    return None if found is None else converted(*found, data, with_vocabulary)


def _check_test(data: DataSpec) -> None:
    path = path_of(data)
    if named_path(path).is_dir():
        if data.test_path is not None:
            raise DataError(f"data.test_path: {path} is a folder; move the test texts into the folder test in it")
    elif (test := open_test_table(data)) is not None:
        table = open_table(path)
        same_columns(test, table, text_columns(table, _column(data, "text"), _column(data, "label")))


def _state(data: DataSpec) -> list[object]:
    path = path_of(data)
    if named_path(path).is_dir():
        return [(listing.digest, listing.remarks) for listing in list_folder(path, wanted=TEXTS).values()]
    return [state_of(named_path(path))]


def _check(data: DataSpec) -> None:
    path = path_of(data)
    if named_path(path).is_dir():
        n_texts = sum(len(listing.files) for listing in list_folder(path, wanted=TEXTS).values())
    else:
        table = open_table(path)
        text_columns(table, _column(data, "text"), _column(data, "label"))
        n_texts = estimated_rows(table)
    check_texts_fit(n_texts, data, path)


LOADERS = {
    "text": Loader(
        load=_load,
        state=_state,
        test=_load_test,
        check_test=_check_test,
        check=_check,
        finish=with_vocabulary,
        resident="lrsearch.data.vectors",
    )
}
