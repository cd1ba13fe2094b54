"""Folders of images."""

from __future__ import annotations

import os
import random
import struct

import numpy as np
import pytest
from PIL import Image

from factories import save_image
from lrsearch.data import folder as room
from lrsearch.data.folder import load_folder
from lrsearch.errors import DataError


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


def test_transparent_pixels_are_white(tmp_path):
    """A black drawing on a transparent ground is not black all over. Opaque stays as it is."""
    for name in ("a", "b"):
        (tmp_path / "in" / name).mkdir(parents=True)
    alpha = np.array([[0, 255], [128, 255]], dtype=np.uint8)
    drawing = np.dstack([np.zeros((2, 2, 3), np.uint8), alpha])
    Image.fromarray(drawing).save(tmp_path / "in" / "a" / "x.png")
    Image.fromarray(np.dstack([np.zeros((2, 2), np.uint8), alpha])).save(tmp_path / "in" / "a" / "y.png")  # grey, alpha
    drawing[..., 3], drawing[0, 0, 0] = 255, 90
    Image.fromarray(drawing).save(tmp_path / "in" / "b" / "x.png")
    x = load_folder(str(tmp_path / "in"), (3, 2, 2), None).x_train
    assert x[0, 0].tolist() == x[1, 2].tolist() == [[255, 0], [127, 0]]
    assert x[2, 0].tolist() == [[90, 0], [0, 0]]


def test_an_empty_file_is_named(tmp_path, pets):
    """What a cloud drive leaves for a file that it has not downloaded."""
    (pets / "cats" / "z.jpg").touch()
    with pytest.raises(DataError, match=r"cats/z\.jpg: the file is empty \(not downloaded from a cloud drive\?\)"):
        load_folder(str(pets), (1, 8, 8), None)


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
    save_image(pets / "dogs" / "new.png", (0, 0, 200))
    assert len(load_folder(str(pets), (3, 8, 8), cache).x_train) == 6
    load_folder(str(pets), (3, 4, 4), cache)
    assert len(opened) == 2
    assert {path.suffix for path in cache.iterdir()} == {".npy"}


def test_a_change_that_keeps_size_and_time_is_seen(tmp_path):
    """A file written over, a file put in its place, a link led elsewhere, and two classes that trade places."""
    top, cache, aside = tmp_path / "pets", tmp_path / "cache", tmp_path / "aside"
    paths = {name: top / name / "x.bmp" for name in ("cats", "dogs", "owls")}
    for shade, path in enumerate(paths.values()):
        save_image(path, (shade, 0, 0))
    paths["owls"].rename(top / "owls" / "y.bmp")
    paths["owls"].symlink_to(top / "owls" / "y.bmp")

    def shades() -> list[int]:
        for path in (*top.rglob("*.bmp"), *aside.rglob("*.bmp")):
            os.utime(path, (1, 1))
        return load_folder(str(top), (3, 4, 4), cache).x_train[:, 0, 0, 0].tolist()

    assert shades() == [0, 1, 2, 2]
    changed = paths["cats"].stat().st_ctime_ns
    while paths["cats"].stat().st_ctime_ns == changed:  # the clock of the file system is coarse
        save_image(paths["cats"], (10, 0, 0))
    assert shades() == [10, 1, 2, 2]
    save_image(aside / "x.bmp", (11, 0, 0))
    (aside / "x.bmp").replace(paths["dogs"])
    assert shades() == [10, 11, 2, 2]
    save_image(aside / "z.bmp", (12, 0, 0))
    paths["owls"].unlink()
    paths["owls"].symlink_to(aside / "z.bmp")
    assert shades() == [10, 11, 12, 2]
    (top / "cats").rename(aside / "cats")
    (top / "dogs").rename(top / "cats")
    (aside / "cats").rename(top / "dogs")
    assert shades() == [11, 10, 12, 2]


def test_a_changed_folder_replaces_its_resized_images(pets, tmp_path):
    """Five touches leave one file for each shape, not five."""
    cache = tmp_path / "cache"
    for seconds in range(5):
        os.utime(pets / "dogs", (seconds, seconds))
        for file in (pets / "dogs").iterdir():
            os.utime(file, (seconds, seconds))
        load_folder(str(pets), (3, 8, 8), cache)
        load_folder(str(pets), (3, 4, 4), cache)
    assert len(list(cache.iterdir())) == 2


def test_the_cache_keeps_what_was_used_last(pets, tmp_path, monkeypatch):
    """Opening counts as use."""
    monkeypatch.setattr(room, "MAX_PARTS", 2)
    cache = tmp_path / "cache"
    for seconds, width in enumerate((4, 5, 4, 6), start=1):
        load_folder(str(pets), (3, 8, width), cache)
        (newest,) = cache.glob(f"*x{width}.npy")
        os.utime(newest, (seconds, seconds))
    assert sorted(path.stem[-5:] for path in cache.iterdir()) == ["3x8x4", "3x8x6"]
    (cache / ".x.part").touch()
    os.utime(cache / ".x.part", (0, 0))
    load_folder(str(pets), (3, 8, 7), cache)
    assert not (cache / ".x.part").exists()


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


def test_an_image_with_too_many_pixels_is_named(pets, tmp_path, monkeypatch):
    """Twice: a little above Pillow's limit, and above twice the limit. The message says what to do."""
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1300)
    for size in ((40, 40), (90, 90)):
        save_image(pets / "cats" / "large.png", (1, 2, 3), size=size)
        with pytest.raises(DataError) as caught:
            load_folder(str(pets), (3, 8, 8), tmp_path / "cache")
        what = "has more than 1,300 pixels; save a smaller image, or move the file out of the folder"
        assert caught.value.lines == (f"{pets}/cats/large.png: {what}",)


def test_sixteen_bits_are_refused_rather_than_clipped(pets, tmp_path):
    """Pillow would make such images white."""
    Image.fromarray(np.full((9, 9), 40_000, dtype=np.uint16)).save(pets / "cats" / "deep.png")
    with pytest.raises(DataError, match=r"deep\.png: .*more than 8 bits; convert .* to 8 bits, or move"):
        load_folder(str(pets), (1, 8, 8), tmp_path / "cache")


@pytest.mark.parametrize("orientation", range(10))
def test_images_are_turned_upright(pets, tmp_path, orientation):
    """As Pillow's own function turns them, for every orientation that EXIF knows and some that it does not."""
    from PIL import ImageOps

    pixels = np.zeros((8, 8, 3), dtype=np.uint8)
    pixels[:2, :6] = 255
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(pixels).save(pets / "cats" / "a.png", exif=exif)
    with Image.open(pets / "cats" / "a.png") as image:
        expected = np.asarray(ImageOps.exif_transpose(image)).transpose(2, 0, 1)
    np.testing.assert_array_equal(expected, load_folder(str(pets), (3, 8, 8), tmp_path / "cache").x_train[0])


def test_odd_exif_does_not_hide_the_pixels(pets, tmp_path):
    """Random EXIF blocks, some of which Pillow's own function fails at: each image is read all the same."""
    draw = random.Random(0)
    entries = [struct.pack("<HHLL", 0x0112, kind, n, 6) for kind in (0, 2, 3, 7, 12, 99) for n in (0, 1, 2**32 - 1)]
    blocks = [b"Exif\0\0II*\0\x08\0\0\0\x01\0" + entry for entry in entries]
    blocks += [b"Exif\0\0" + draw.randbytes(draw.randrange(60)) for _ in range(100)]
    for number, block in enumerate(blocks):
        Image.new("RGB", (8, 8), (0, 0, 200)).save(pets / "dogs" / f"odd{number:03}.png", exif=block)
    x = load_folder(str(pets), (3, 8, 8), tmp_path / "cache").x_train
    np.testing.assert_array_equal(np.broadcast_to(x[-1:], (len(blocks), 3, 8, 8)), x[-len(blocks) :])


@pytest.mark.parametrize("kind", ["EPS", "DDS", "PDF", "ICO"])
def test_only_the_listed_formats_are_opened(pets, tmp_path, kind, monkeypatch):
    """Another format behind the name of an image is named, and starts no program."""
    import subprocess

    monkeypatch.setattr(subprocess, "Popen", lambda *_, **__: pytest.fail("a program was started"))
    Image.new("RGB", (16, 16), (1, 2, 3)).save(pets / "cats" / "a.png", format=kind)
    with pytest.raises(DataError, match=r"a\.png: cannot be read as an image \(cannot identify"):
        load_folder(str(pets), (3, 8, 8), tmp_path / "cache")


def test_mutated_images_are_read_or_named(tmp_path):
    """Whatever Pillow raises at a damaged file is one line with the file's name."""
    draw = random.Random(1)
    for name in ("a", "b"):
        save_image(tmp_path / "in" / name / "whole.png", (1, 2, 3))
    for suffix in ("png", "jpg", "gif", "bmp", "webp", "tif", "ppm", "tga", "jp2"):
        save_image(tmp_path / f"x.{suffix}", (9, 99, 200), size=(12, 12))
        for number in range(12):
            content = bytearray((tmp_path / f"x.{suffix}").read_bytes())
            for _ in range(3):
                content[draw.randrange(len(content))] = draw.randrange(256)
            (tmp_path / "in" / "a" / f"m{number}.{suffix}").write_bytes(content[: draw.randrange(20, len(content) + 9)])
    with pytest.raises(DataError, match=r"m\d+\.\w+: cannot be read as an image"):
        load_folder(str(tmp_path / "in"), (3, 8, 8), tmp_path / "cache")


def test_remarks_and_names_travel_with_the_arrays(pets, tmp_path):
    """What was passed over is known to whoever trains."""
    arrays = load_folder(str(pets), (3, 8, 8), tmp_path / "cache")
    assert arrays.class_names == ("cats", "dogs")
    assert arrays.remarks[0].startswith("data: 1 file of pets/ was ignored (.txt)")
