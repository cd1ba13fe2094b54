"""The digits data set."""

from __future__ import annotations

import hashlib
import subprocess
import sys

import numpy as np

from lrsearch.data import digits
from lrsearch.data.digits import load_digits


def test_table_equals_what_sklearn_loads():
    """The file read directly holds what scikit-learn's own function returns."""
    from sklearn.datasets import load_digits as sklearn_digits

    source = sklearn_digits()
    table = digits._read_table()
    np.testing.assert_array_equal(source.data, table[:, :-1])
    np.testing.assert_array_equal(source.target, table[:, -1])


def test_without_the_file_sklearn_is_asked(monkeypatch):
    """A scikit-learn that keeps its file elsewhere gives the same table."""
    direct = digits._read_table()
    monkeypatch.setattr(digits, "find_spec", lambda _: None)
    np.testing.assert_array_equal(direct, digits._read_table())


def test_searched_part_is_fixed():
    """1,500 images of 8x8 in ten classes, the same for ever."""
    arrays = load_digits()
    assert arrays.x_train.shape == (1500, 1, 8, 8)
    assert arrays.x_train.dtype == np.uint8
    assert set(np.unique(arrays.x_train)) == set(range(0, 241, 15))
    assert np.bincount(arrays.y_train).min() >= 145
    assert hashlib.sha256(arrays.x_train.tobytes() + arrays.y_train.tobytes()).hexdigest()[:16] == PINNED


def test_reading_imports_neither_sklearn_nor_torch():
    """The default data set is at hand without the heavy packages."""
    code = "import sys; from lrsearch.data.digits import load_digits; load_digits(); print(*sys.modules)"
    modules = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.split()
    assert "numpy" in modules
    assert {"sklearn", "torch", "requests", "PIL"}.isdisjoint(modules)


PINNED = "0b29ed237c11f4aa"
