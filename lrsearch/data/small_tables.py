"""The tables that are part of scikit-learn: wine, breast-cancer and diabetes."""

from __future__ import annotations

import gzip
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import numpy.typing as npt

from lrsearch.data.arrays import Arrays
from lrsearch.data.loader import Loader
from lrsearch.data.standardised import standardised
from lrsearch.errors import DataError


def load_classes(name: str) -> Arrays:
    """Read a table with classes.

    Args:
        name: wine (178 rows, 13 columns, 3 classes) or breast-cancer (569 rows, 30 columns, 2 classes).
    """
    file = {"wine": "wine_data.csv", "breast-cancer": "breast_cancer.csv"}[name]
    lines = _contents(file).splitlines()
    names = tuple(lines[0].split(",")[2:])  # after the numbers of rows and columns
    rows = _numbers(lines[1:], ",")
    y = rows[:, -1].astype(np.int64)
    return Arrays(x_train=rows[:, :-1], y_train=y, x_val=None, y_val=None, n_classes=len(names), class_names=names)


def load_diabetes() -> Arrays:
    """Read the 442 patients with 10 columns, and the progress of their disease after a year, 25 to 346."""
    x = _numbers(_contents("diabetes_data_raw.csv.gz").splitlines(), None)
    y = _numbers(_contents("diabetes_target.csv.gz").splitlines(), None)[:, 0]
    return Arrays(x_train=x, y_train=y, x_val=None, y_val=None, n_classes=None)


def _contents(file: str) -> str:
    """Read a file of scikit-learn without importing scikit-learn, which takes more than a second."""
    spec = find_spec("sklearn")
    path = Path(spec.origin).parent / "datasets" / "data" / file if spec and spec.origin else Path(file)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror or error}); install scikit-learn again") from error
    return (gzip.decompress(content) if path.suffix == ".gz" else content).decode("ascii")


def _numbers(lines: list[str], delimiter: str | None) -> npt.NDArray[np.float64]:
    return np.loadtxt(lines, delimiter=delimiter, dtype=np.float64, ndmin=2)


_RESIDENT = "lrsearch.data.vectors"
LOADERS = {
    "wine": Loader(load=lambda *_: load_classes("wine"), finish=standardised, resident=_RESIDENT),
    "breast-cancer": Loader(load=lambda *_: load_classes("breast-cancer"), finish=standardised, resident=_RESIDENT),
    "diabetes": Loader(load=lambda *_: load_diabetes(), finish=standardised, resident=_RESIDENT),
}
