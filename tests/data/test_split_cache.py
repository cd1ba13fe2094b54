"""The cache of splits."""

from __future__ import annotations

import os
import shutil

import numpy as np
import pytest

from lrsearch.data import split_cache
from lrsearch.data.arrays import Split
from lrsearch.data.opening import open_split
from lrsearch.data.split_cache import cached_split
from lrsearch.errors import DataError

PARTS = ("x_train", "y_train", "x_val", "y_val")


@pytest.fixture(autouse=True)
def _cache_all(monkeypatch):
    monkeypatch.setattr(split_cache, "SMALLEST_BYTES", 0)


def make_split(value: int = 3) -> Split:
    x = np.full((6, 3, 4, 5), value, dtype=np.uint8) + np.arange(3, dtype=np.uint8)[:, None, None]
    y = np.arange(6) % 2
    return Split(
        x_train=x[:4],
        y_train=y[:4],
        x_val=x[4:],
        y_val=y[4:],
        n_classes=2,
        words=("a", "\u00fc"),
        remarks=("mind this",),
    )


def refuse() -> Split:
    pytest.fail("it is cached, and is not to be made")


def assert_equal(expected: Split, actual: Split) -> None:
    for fact in ("n_classes", "words", "remarks"):
        assert getattr(expected, fact) == getattr(actual, fact)
    for part in PARTS:
        np.testing.assert_array_equal(getattr(expected, part), getattr(actual, part))


def test_the_second_time_it_is_mapped(tmp_path):
    """Made once, then the same numbers from the disk, in pixel order, writable for the one who writes alone."""
    first = cached_split(tmp_path / "a", make_split)
    again = cached_split(tmp_path / "a", refuse)
    assert_equal(make_split(), first)
    assert_equal(make_split(), again)
    assert again.x_train.transpose(0, 2, 3, 1).flags.c_contiguous
    again.x_train[0, 0, 0, 0] = 99
    assert_equal(make_split(), cached_split(tmp_path / "a", refuse))


def test_small_ones_are_not_kept(tmp_path, monkeypatch):
    """What is made at once needs no file."""
    monkeypatch.setattr(split_cache, "SMALLEST_BYTES", 10_000)
    assert_equal(make_split(), cached_split(tmp_path / "a", make_split))
    assert not (tmp_path / "a").exists()


@pytest.mark.parametrize("part", [*(f"{part}.npy" for part in PARTS), "sums.json"])
def test_a_damaged_one_is_made_again(tmp_path, part):
    """A flipped byte, a cut file and a missing one are no errors, and never data."""
    place = tmp_path / "a"
    for damage in ("flip", "cut", "delete"):
        cached_split(place, make_split)
        file = place / part
        content = file.read_bytes()
        if damage == "delete":
            file.unlink()
        else:
            file.write_bytes(content[:-1] + (bytes([content[-1] ^ 1]) if damage == "flip" else b""))
        assert_equal(make_split(4), cached_split(place, lambda: make_split(4)))  # made, and not what is there
        shutil.rmtree(place)
        cached_split(place, make_split)
        assert_equal(make_split(), cached_split(place, refuse))


def test_a_folder_that_cannot_be_written_to(tmp_path):
    """The split is made all the same."""
    (tmp_path / "file").write_text("")
    assert_equal(make_split(), cached_split(tmp_path / "file" / "a", make_split))


def test_the_last_used_ones_stay(tmp_path):
    """Room on the disk is bounded, and no temporary folder is left."""
    for number in range(split_cache.MAX_SPLITS + 2):
        cached_split(tmp_path / str(number), make_split)
        os.utime(tmp_path / str(number), (number, number))
        if number == split_cache.MAX_SPLITS - 1:
            cached_split(tmp_path / "0", refuse)  # used again
    names = {path.name for path in tmp_path.iterdir()}
    assert len(names) == split_cache.MAX_SPLITS
    assert {"0", str(split_cache.MAX_SPLITS + 1)} <= names


def test_a_batch_that_is_too_large_is_said_of_a_cached_split_too(data_spec, tmp_path):
    """What the split checks is checked however the data are opened."""
    path = tmp_path / "my.npz"
    np.savez(path, x_train=np.zeros((60, 4, 4), dtype=np.uint8), y_train=np.arange(60) % 2)
    spec = {"dataset": "arrays", "path": str(path), "val_fraction": 0.5}
    assert len(open_split(data_spec(**spec, batch_size=8)).y_train) == 30
    with pytest.raises(DataError, match=r"data\.batch_size: 31 exceeds the 30"):
        open_split(data_spec(**spec, batch_size=31))


def test_what_a_killed_process_left_is_removed(tmp_path):
    """With the next split that is stored."""
    (tmp_path / ".killed").mkdir()
    os.utime(tmp_path / ".killed", (0, 0))
    cached_split(tmp_path / "a", make_split)
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
