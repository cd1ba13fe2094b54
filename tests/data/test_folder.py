"""Folders of images."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from lrsearch.data import folder as room
from lrsearch.data.folder import list_folder, load_folder
from lrsearch.errors import DataError


def save(path, colour, size=(40, 30), mode="RGB"):
    """Write an image of one colour."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new(mode, size, colour).save(path)


@pytest.fixture
def pets(tmp_path):
    """Three red cats and two blue dogs, in several formats, and what is no image."""
    top = tmp_path / "pets"
    for name in ("a.png", "b.JPG", "c.webp"):
        save(top / "cats" / name, (200, 0, 0))
    for name in ("a.bmp", "b.gif"):
        save(top / "dogs" / name, (0, 0, 200))
    (top / "dogs" / "notes.txt").write_text("good dogs", encoding="utf-8")
    (top / ".cache").mkdir()
    (top / "dogs" / "._a.png").write_bytes(b"what macOS leaves")
    return top


def test_classes_are_folders_in_order(pets, tmp_path):
    """Sorted names give the labels; each image is resized to the shape."""
    arrays = load_folder(str(pets), (3, 8, 6), tmp_path / "cache")
    assert arrays.x_train.shape == (5, 3, 8, 6)
    assert arrays.y_train.tolist() == [0, 0, 0, 1, 1]
    assert arrays.n_classes == 2
    assert np.abs(arrays.x_train[:3, 0].astype(int) - 200).max() <= 6  # jpeg and webp are lossy
    assert np.abs(arrays.x_train[3:, 2].astype(int) - 200).max() <= 6
    assert arrays.x_val is None


def test_one_channel_is_grey(pets, tmp_path):
    """Colour is turned to grey."""
    assert load_folder(str(pets), (1, 8, 8), tmp_path / "cache").x_train.shape == (5, 1, 8, 8)


def test_height_is_not_width(tmp_path):
    """An image that is white above and black below stays so."""
    for name in ("a", "b"):
        (tmp_path / "in" / name).mkdir(parents=True)
        pixels = np.zeros((20, 40), dtype=np.uint8)
        pixels[:10] = 255
        Image.fromarray(pixels).save(tmp_path / "in" / name / "x.png")
    x = load_folder(str(tmp_path / "in"), (1, 4, 8), tmp_path / "cache").x_train
    np.testing.assert_array_equal(np.full((2, 1, 1, 8), 255), x[:, :, :1])
    np.testing.assert_array_equal(np.zeros((2, 1, 1, 8)), x[:, :, 3:])


def test_second_time_comes_from_the_cache(pets, tmp_path, monkeypatch):
    """No image is opened again until a file changes."""
    cache = tmp_path / "cache"
    first = load_folder(str(pets), (3, 8, 8), cache).x_train
    opened = []
    read = room._read_images
    monkeypatch.setattr(room, "_read_images", lambda *given: opened.append(1) or read(*given))
    np.testing.assert_array_equal(first, load_folder(str(pets), (3, 8, 8), cache).x_train)
    assert opened == []
    save(pets / "dogs" / "new.png", (0, 0, 200))
    assert len(load_folder(str(pets), (3, 8, 8), cache).x_train) == 6
    load_folder(str(pets), (3, 4, 4), cache)
    assert len(opened) == 2
    assert {path.suffix for path in cache.iterdir()} == {".npy"}


def test_damaged_cache_is_made_again(pets, tmp_path):
    """A cut file in the cache is no error."""
    cache = tmp_path / "cache"
    first = load_folder(str(pets), (3, 8, 8), cache).x_train
    (kept,) = cache.iterdir()
    for damaged in (kept.read_bytes()[:-7], b"", b"hello"):
        kept.write_bytes(damaged)
        np.testing.assert_array_equal(first, load_folder(str(pets), (3, 8, 8), cache).x_train)


def test_cache_that_cannot_be_written_to(pets, tmp_path):
    """The images are read all the same."""
    (tmp_path / "file").touch()
    assert len(load_folder(str(pets), (3, 8, 8), tmp_path / "file" / "cache").x_train) == 5


def test_train_and_val_folders(pets, tmp_path):
    """Parts of their own are kept apart, and the test part is not even listed."""
    top = tmp_path / "parted"
    (top / "test" / "broken").mkdir(parents=True)
    pets.rename(top / "train")
    save(top / "val" / "dogs" / "x.png", (0, 0, 200))
    arrays = load_folder(str(top), (3, 8, 8), tmp_path / "cache")
    assert arrays.y_train.tolist() == [0, 0, 0, 1, 1]
    assert arrays.y_val.tolist() == [1]
    assert arrays.x_val.shape == (1, 3, 8, 8)


def test_a_class_may_be_called_train(tmp_path):
    """Where other folders stand beside it, `train` is a class."""
    for name in ("car", "train"):
        save(tmp_path / "in" / name / "x.png", (1, 2, 3))
    assert list_folder(str(tmp_path / "in"))["train"].classes == ("car", "train")


def test_folders_that_are_no_data_set(pets, tmp_path):
    """Nothing there, no classes, one class, no images, an empty class, a class in val alone."""
    empty = tmp_path / "empty"
    empty.mkdir()
    (tmp_path / "file").touch()
    save(tmp_path / "one" / "cats" / "a.png", (1, 2, 3))
    for name in ("a", "b"):
        (tmp_path / "hollow" / name).mkdir(parents=True)
    save(tmp_path / "lacking" / "cats" / "a.png", (1, 2, 3))
    (tmp_path / "lacking" / "dogs").mkdir()
    for name in ("cats", "dogs"):
        save(tmp_path / "stranger" / "train" / name / "a.png", (1, 2, 3))
    save(tmp_path / "stranger" / "val" / "cows" / "a.png", (1, 2, 3))
    expected = {
        "none": "none: no such folder",
        "file": "file: not a folder",
        "empty": "empty: no class folders",
        "one": r"one: only one class \('cats'\)",
        "hollow": "hollow: no images in its class folders",
        "lacking": "lacking: no images of class 'dogs'",
        "stranger": r"val: class 'cows' is not a class of train \(cats, dogs\)",
    }
    for name, message in expected.items():
        with pytest.raises(DataError, match=message):
            list_folder(str(tmp_path / name))


def test_unreadable_images_are_named(pets, tmp_path):
    """Each image that is none is named, five of them and then a count; nothing is kept."""
    for number in range(7):
        (pets / "cats" / f"bad{number}.png").write_bytes(b"not an image")
    whole = (pets / "cats" / "a.png").read_bytes()
    (pets / "cats" / "a.png").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DataError, match=r"a\.png: cannot be read as an image") as caught:
        load_folder(str(pets), (3, 8, 8), tmp_path / "cache")
    assert str(caught.value).splitlines()[-1] == "and 3 more"
    assert not (tmp_path / "cache").exists()


def test_sixteen_bits_are_refused_rather_than_clipped(pets, tmp_path):
    """Pillow would make such images white."""
    Image.fromarray(np.full((9, 9), 40_000, dtype=np.uint16)).save(pets / "cats" / "deep.png")
    with pytest.raises(DataError, match=r"deep\.png: .*more than 8 bits"):
        load_folder(str(pets), (1, 8, 8), tmp_path / "cache")
