"""The digits data set, which is part of scikit-learn: 1,797 images of 8x8."""

from __future__ import annotations

import gzip
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import numpy.typing as npt

from lrsearch.data.arrays import Arrays, Labels, Pixels, TestPart
from lrsearch.data.loader import Loader
from lrsearch.data.stratified import draw_stratified
from lrsearch.seeds import seed_for

N_TEST = 297


def load_digits() -> Arrays:
    """Read digits, without its test images.

    Returns:
        1,500 images of shape (1, 8, 8). Pixels are the values 0 to 16 of the source, times 15. A fixed stratified split
        removes the 297 test images. No seed of the spec changes which images are removed.
    """
    x, y, is_test = _read_images()
    return Arrays(x_train=x[~is_test], y_train=y[~is_test], x_val=None, y_val=None, n_classes=10)


def load_digits_test() -> TestPart:
    """Read the 297 test images of digits."""
    x, y, is_test = _read_images()
    return TestPart(x=x[is_test], y=y[is_test])


def _read_images() -> tuple[Pixels, Labels, npt.NDArray[np.bool_]]:
    """Read all images, their classes, and which of the images are for the test; (1797, 1, 8, 8), (1797,), (1797,)."""
    table = _read_table()
    x = (table[:, :-1] * 15).astype(np.uint8).reshape(-1, 1, 8, 8)
    y = table[:, -1].astype(np.int64)
    is_test = np.zeros(len(y), dtype=bool)
    is_test[draw_stratified(y, N_TEST, seed_for(0, "digits-test"))] = True
    return x, y, is_test


def _read_table() -> npt.NDArray[np.int64]:
    """Read all images, one per row: 64 values from 0 to 16, and the class; (1797, 65)."""
    # Read the file in the package directly: importing scikit-learn takes more than a second.
    spec = find_spec("sklearn")
    if spec and spec.origin:
        path = Path(spec.origin).parent / "datasets" / "data" / "digits.csv.gz"
        if path.is_file():
            with gzip.open(path, "rt", encoding="ascii") as lines:
                return np.loadtxt(lines, delimiter=",", dtype=np.int64)
    from sklearn.datasets import load_digits as sklearn_digits

    source = sklearn_digits()
    return np.column_stack([source.data, source.target]).astype(np.int64)


LOADERS = {"digits": Loader(load=lambda *_: load_digits(), test=lambda *_: load_digits_test())}
