"""The data set `text`: your own texts, in a CSV, TSV or JSONL file, or as .txt files in one folder per class."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from lrsearch.data.arrays import Arrays
from lrsearch.data.delimited import Table, estimated_rows, find_column, open_table
from lrsearch.data.download import Progress
from lrsearch.data.folder_listing import TEXTS, Listing, list_folder, shown
from lrsearch.data.labels import make_classes
from lrsearch.data.loader import Loader, path_of, state_of
from lrsearch.data.places import named_path
from lrsearch.data.words import (
    check_texts_fit,
    empty_remarks,
    number_words,
    text_options,
    with_vocabulary,
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
    labels: list[str] = []

    def texts() -> Iterator[str]:
        for number, fields in table.rows():
            if not fields[of_label]:
                raise DataError(f"{table.path}: line {number}: the label is empty")
            labels.append(fields[of_label])
            yield fields[of_text]

    x = number_words(texts(), length, lower=lower)
    if not labels:
        raise DataError(f"{table.path}: has no rows after the names of the columns")
    y, names = make_classes(labels, f"{table.path}: column '{table.columns[of_label]}'")
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
    parts = list_folder(path, wanted=TEXTS)
    files = [file for listing in parts.values() for file in listing.files]
    x = number_words(map(_read_text, files), length, lower=lower)
    train, val = parts["train"], parts.get("val")
    n_train = len(train.files)
    return Arrays(
        x_train=x[:n_train],
        y_train=_labels(train),
        x_val=None if val is None else x[n_train:],
        y_val=None if val is None else _labels(val),
        n_classes=len(train.classes),
        class_names=train.classes,
        remarks=(*(remark for listing in parts.values() for remark in listing.remarks), *empty_remarks(x, path)),
    )


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
    "text": Loader(load=_load, state=_state, check=_check, finish=with_vocabulary, resident="lrsearch.data.vectors")
}
