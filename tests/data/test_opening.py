"""From the spec to the data."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib import import_module

import numpy as np
import pytest
from PIL import Image

from lrsearch.catalog import DATASETS
from lrsearch.data.loader import Loader
from lrsearch.data.opening import load_arrays, open_split
from lrsearch.errors import DataError


def test_every_name_of_the_catalog_has_a_loader():
    """What a spec may name can be opened."""
    for name, entry in DATASETS.items():
        assert isinstance(import_module(entry.module).LOADERS[name], Loader)


def test_the_last_one_is_remembered(data_spec):
    """The same spec gives the same arrays, another spec others."""
    first = open_split(data_spec())
    assert open_split(data_spec()) is first
    assert open_split(data_spec(split_seed=1)) is not first


def test_a_file_that_changes_is_read_again(data_spec, tmp_path):
    """Nobody trains on what the file was before."""
    path = tmp_path / "my.npz"
    x, y = np.zeros((60, 4, 4), dtype=np.uint8), np.arange(60) % 2
    spec = data_spec(dataset="arrays", path=str(path), batch_size=8)
    with pytest.raises(DataError, match="no such file"):
        open_split(spec)
    np.savez(path, x_train=x, y_train=y)
    first = open_split(spec)
    assert open_split(spec) is first
    np.savez(path, x_train=x + 1, y_train=y)
    os.utime(path, ns=(0, 0))
    assert open_split(spec).x_train.min() == 1


def test_a_file_with_the_size_and_the_time_of_the_old_one_is_read_again(data_spec, tmp_path):
    """Nobody trains on the file that was there before."""
    path, new = tmp_path / "my.npz", tmp_path / "new.npz"
    spec = data_spec(dataset="arrays", path=str(path), batch_size=8)
    for value in (1, 2):
        np.savez(new, x_train=np.full((60, 4, 4), value, dtype=np.uint8), y_train=np.arange(60) % 2)
        os.utime(new, ns=(0, 0))
        if path.exists():
            path.rename(tmp_path / "kept.npz")  # its inode is not given to another file
        new.rename(path)
        assert open_split(spec).x_train.min() == value


def test_relative_path_follows_the_working_folder(data_spec, tmp_path, monkeypatch):
    """The same words mean another file elsewhere."""
    spec = data_spec(dataset="arrays", path="my.npz", batch_size=8)
    for value in (1, 2):
        place = tmp_path / str(value)
        place.mkdir()
        monkeypatch.chdir(place)
        np.savez("my.npz", x_train=np.full((60, 4, 4), value, dtype=np.uint8), y_train=np.arange(60) % 2)
        assert open_split(spec).x_train.min() == value


def test_synthetic_with_its_options(data_spec):
    """Shape, classes and size come from the spec."""
    spec = data_spec(dataset={"name": "synthetic", "shape": [3, 4, 5], "classes": 3, "size": 90}, batch_size=8)
    parts = open_split(spec)
    assert parts.shape == (3, 4, 5)
    assert parts.n_classes == 3
    assert len(parts.x_train) + len(parts.x_val) == 90


def test_resized_images_are_kept_in_the_cache_folder(data_spec, tmp_path, monkeypatch):
    """Not among the data sets, which may be another's or read-only."""
    monkeypatch.setenv("LRSEARCH_DATA", str(tmp_path / "sets"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for name in ("cats", "dogs"):
        (tmp_path / "pets" / name).mkdir(parents=True)
        for number in range(10):
            Image.new("RGB", (9, 9), (number, 0, 0)).save(tmp_path / "pets" / name / f"{number}.png")
    keys = {"path": str(tmp_path / "pets"), "batch_size": 4}
    parts = open_split(data_spec(dataset={"name": "folder", "shape": [3, 8, 8]}, **keys))
    assert parts.shape == (3, 8, 8)
    assert len(list((tmp_path / "cache" / "lrsearch" / "folder").iterdir())) == 1
    assert not (tmp_path / "sets").exists()


def test_mnist_from_the_environment(data_spec, shared_data, monkeypatch):
    """LRSEARCH_DATA is enough to find the real files."""
    monkeypatch.setenv("LRSEARCH_DATA", str(shared_data))
    parts = open_split(data_spec(dataset="mnist", train_size=1000))
    assert (len(parts.x_train), len(parts.x_val)) == (1000, 6000)


def test_without_a_path(data_spec):
    """A spec made in Python without the path says what is missing."""
    with pytest.raises(DataError, match=r"data\.path: "):
        load_arrays(data_spec().model_copy(update={"dataset": data_spec(dataset="arrays", path="x").dataset}))


def test_the_room_needs_no_torch():
    """Only `resident` and `augment` import it."""
    code = "import sys, lrsearch.data; print(*sys.modules)"
    modules = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.split()
    assert {"torch", "torchvision", "sklearn", "optuna", "requests", "urllib3", "PIL"}.isdisjoint(modules)


@pytest.mark.parametrize("dataset", ["mnist", "cifar10"])
@pytest.mark.parametrize(
    ("root", "message"),
    [("~nosuchuser/x", "write the full path"), ("x" * 300, "File name too long")],
)
def test_a_root_that_cannot_be_read(data_spec, dataset, root, message):
    """Named as a mistake in the spec."""
    with pytest.raises(DataError, match=message):
        open_split(data_spec(dataset=dataset, root=root))
