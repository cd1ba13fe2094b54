"""Data that cannot fit into memory are refused before the memory is taken, in one line."""

from __future__ import annotations

import numpy as np
import pytest

from lrsearch.data import check_files, memory
from lrsearch.data.folder import load_folder
from lrsearch.data.memory import check_fits
from lrsearch.data.npz import load_npz
from lrsearch.data.synthetic import make_synthetic
from lrsearch.errors import DataError


@pytest.fixture
def _small_machine(monkeypatch):
    monkeypatch.setattr(memory, "machine_bytes", lambda: 2**10)


def test_a_data_set_takes_twice_its_pixels(monkeypatch):
    """While it is split. The message has the numbers."""
    monkeypatch.setattr(memory, "machine_bytes", lambda: 16 * 2**30)
    check_fits(8 * 2**30, "my.npz", "save less")
    with pytest.raises(DataError) as caught:
        check_fits(19 * 2**30, "my.npz", "save less")
    assert str(caught.value) == (
        "my.npz: its images take 19.0 GiB of memory, and 38.0 GiB during the split, but this machine has 16.0 GiB; "
        "save less"
    )


@pytest.mark.usefixtures("_small_machine")
def test_arrays(tmp_path):
    """By what a packed file says of itself: 20 MB may unpack to 19 GiB. Other members do not count."""
    x = np.zeros((10, 8, 8), np.uint8)
    np.savez_compressed(tmp_path / "large.npz", x_train=x, y_train=np.arange(10))
    with pytest.raises(DataError, match=r"large.npz: its images take .* save fewer or smaller images"):
        load_npz(str(tmp_path / "large.npz"))
    small = {"x_train": x[:2, :4, :4], "y_train": np.arange(2, dtype=np.uint8)}
    np.savez_compressed(tmp_path / "small.npz", **small, x_test=x)
    assert load_npz(str(tmp_path / "small.npz")).x_train.shape == (2, 1, 4, 4)


@pytest.mark.usefixtures("_small_machine")
def test_folder(pets, tmp_path):
    """By the number of images and the shape that they are resized to."""
    assert load_folder(str(pets), (3, 4, 4), tmp_path / "cache").x_train.shape == (5, 3, 4, 4)
    with pytest.raises(DataError, match=r"its images take .*; give data.dataset.shape a smaller height and width"):
        load_folder(str(pets), (3, 1024, 1024), tmp_path / "cache")


def test_synthetic():
    """Its size and shape are known."""
    with pytest.raises(DataError, match=r"data.dataset: synthetic: its images take 183.1 GiB of memory"):
        make_synthetic((3, 256, 256), 10, 1_000_000, 0)


@pytest.mark.usefixtures("_small_machine")
def test_a_check_tells_it_without_reading(data_spec, pets, tmp_path):
    """For each kind of data whose size is known beforehand: from the zip's directory, the file names, the spec."""
    np.savez_compressed(tmp_path / "large.npz", x_train=np.zeros((10, 8, 8), np.uint8), y_train=np.arange(10))
    for data in (
        data_spec(dataset="arrays", path=str(tmp_path / "large.npz")),
        data_spec(dataset={"name": "folder", "shape": [3, 1024, 1024]}, path=str(pets)),
        data_spec(dataset={"name": "synthetic", "shape": [1, 64, 64]}),
    ):
        with pytest.raises(DataError, match="its images take"):
            check_files(data)
