"""The data set `arrays`."""

from __future__ import annotations

import numpy as np
import pytest

from lrsearch.data.npz import load_npz
from lrsearch.errors import DataError

X = np.arange(4 * 5 * 6, dtype=np.uint8).reshape(4, 5, 6)
Y = np.array([0, 1, 0, 1])


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_round_trip(tmp_path, save):
    """What is saved is what is read; the test set is not looked at."""
    save(tmp_path / "my.npz", x_train=X, y_train=Y, x_test=np.array([None]))
    arrays = load_npz(str(tmp_path / "my.npz"))
    np.testing.assert_array_equal(X[:, None], arrays.x_train)
    np.testing.assert_array_equal(Y, arrays.y_train)
    assert arrays.x_val is None


def test_missing_keys_are_named_with_the_file(tmp_path):
    """The error names the file, the key and what is there."""
    path = tmp_path / "my.npz"
    np.savez(path, x=X, y_train=Y)
    with pytest.raises(DataError, match=r"my\.npz: x_train is missing; the file holds x, y_train$"):
        load_npz(str(path))


def test_files_that_are_no_npz(tmp_path):
    """No file, a folder, text, one array, a pickle, a cut archive: all say so, with the name."""
    np.save(tmp_path / "one.npy", X)
    np.savez(tmp_path / "objects.npz", x_train=np.array([{}]), y_train=Y)
    np.savez(tmp_path / "whole.npz", x_train=X, y_train=Y)
    (tmp_path / "cut.npz").write_bytes((tmp_path / "whole.npz").read_bytes()[:-40])
    flipped = bytearray((tmp_path / "whole.npz").read_bytes())
    flipped[200] ^= 1
    (tmp_path / "flipped.npz").write_bytes(flipped)
    (tmp_path / "text.npz").write_text("hello", encoding="utf-8")
    (tmp_path / "empty.npz").touch()
    expected = {
        "none.npz": "no such file",
        ".": "a folder",
        "one.npy": "a single array, not an .npz",
        "objects.npz": "not an .npz of plain arrays",
        "cut.npz": "not an .npz of plain arrays",
        "flipped.npz": "not an .npz of plain arrays",
        "text.npz": "not an .npz of plain arrays",
        "empty.npz": "not an .npz of plain arrays",
    }
    for name, message in expected.items():
        with pytest.raises(DataError) as caught:
            load_npz(str(tmp_path / name))
        assert str(caught.value).startswith(f"{tmp_path / name}: {message}")


def test_cifar10_in_the_form_in_which_it_comes(shared_data):
    """The real case: channels last, unsigned labels, a test set to leave alone."""
    arrays = load_npz(str(shared_data / "cifar10.npz"))
    assert arrays.x_train.shape == (50_000, 3, 32, 32)
    assert arrays.n_classes == 10
    np.testing.assert_array_equal(np.full(10, 5000), np.bincount(arrays.y_train))
