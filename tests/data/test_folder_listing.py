"""What a folder of images is taken for."""

from __future__ import annotations

import os
import sys

import pytest

from factories import save_image
from lrsearch.data.folder import load_folder
from lrsearch.data.folder_listing import list_folder
from lrsearch.errors import DataError


def test_train_and_val_folders(pets, tmp_path):
    """Parts of their own are kept apart, and the test part is not even listed."""
    top = tmp_path / "parted"
    (top / "test" / "broken").mkdir(parents=True)
    pets.rename(top / "train")
    save_image(top / "val" / "dogs" / "x.png", (0, 0, 200))
    arrays = load_folder(str(top), (3, 8, 8), tmp_path / "cache")
    assert arrays.y_train.tolist() == [0, 0, 0, 1, 1]
    assert arrays.y_val.tolist() == [1]
    assert arrays.x_val.shape == (1, 3, 8, 8)


def test_a_class_may_be_called_train(tmp_path):
    """Where other folders stand beside it, `train` is a class."""
    for name in ("car", "train"):
        save_image(tmp_path / "in" / name / "x.png", (1, 2, 3))
    assert list_folder(str(tmp_path / "in"))["train"].classes == ("car", "train")


def test_folders_that_are_no_data_set(pets, tmp_path):
    """Nothing there, no classes, one class, no images, an empty class, a class in val alone."""
    empty = tmp_path / "empty"
    empty.mkdir()
    (tmp_path / "file").touch()
    save_image(tmp_path / "one" / "cats" / "a.png", (1, 2, 3))
    for name in ("a", "b"):
        (tmp_path / "hollow" / name).mkdir(parents=True)
    save_image(tmp_path / "lacking" / "cats" / "a.png", (1, 2, 3))
    (tmp_path / "lacking" / "dogs").mkdir()
    for name in ("cats", "dogs"):
        save_image(tmp_path / "stranger" / "train" / name / "a.png", (1, 2, 3))
    save_image(tmp_path / "stranger" / "val" / "cows" / "a.png", (1, 2, 3))
    for name in ("train/cats", "train/dogs", "val/Cats"):
        save_image(tmp_path / "case" / name / "a.png", (1, 2, 3))
    expected = {
        "none": "none: no such folder",
        "file": "file: is not a folder",
        "empty": "empty: no class folders",
        "one": r"one: only one class \('cats'\)",
        "hollow": "hollow: the class folders hold no images",
        "lacking": "lacking: class 'dogs' has no images",
        "stranger": r"val: class 'cows' is not a class of train \(cats, dogs\); rename the folder, or move it away",
        "case": r"class 'Cats' is not a class of train .*; it differs from 'cats' only in upper and lower case",
    }
    for name, message in expected.items():
        with pytest.raises(DataError, match=message):
            list_folder(str(tmp_path / name))


@pytest.mark.parametrize(("train", "val"), [("Train", "valid"), ("TRAINING", "Validation"), ("training", "VAL")])
def test_usual_names_of_parts(tmp_path, train, val):
    """In any case, with what systems leave behind beside them."""
    for part in (train, val):
        for name in ("cats", "dogs"):
            save_image(tmp_path / "in" / part / name / "a.png", (1, 2, 3))
    save_image(tmp_path / "in" / "__MACOSX" / "x.png", (1, 2, 3))
    (tmp_path / "in" / "Testing" / "broken").mkdir(parents=True)
    listings = list_folder(str(tmp_path / "in"))
    assert [len(listings[part].files) for part in ("train", "val")] == [2, 2]
    assert [listing.remarks for listing in listings.values()] == [(), ()]


@pytest.mark.parametrize(
    ("folders", "message"),
    [
        (("train", "val", "extra"), r"holds train and val, but also extra; expected one folder"),
        (("train", "extra"), r"holds train, but also extra"),
        (("val", "valid", "train"), "val and valid name the same part of the data; keep only one of the two"),
        (("valid", "test"), r"has no folder 'train', only test, valid; expected one folder of images per class"),
    ],
)
def test_folders_that_could_be_parts_or_classes(tmp_path, folders, message):
    """Refused with what was found and what is expected, rather than trained as classes."""
    for folder in folders:
        for name in ("cats", "dogs"):
            save_image(tmp_path / folder / name / "a.png", (1, 2, 3))
    with pytest.raises(DataError, match=message):
        list_folder(str(tmp_path))


def test_images_of_deeper_folders_are_read(pets):
    """At any depth, in every format that is listed; a link that leads back adds nothing."""
    save_image(pets / "cats" / "2019" / "may" / "d.tif", (200, 0, 0))
    save_image(pets / "cats" / "2019" / "e.PPM", (200, 0, 0))
    save_image(pets / "cats" / "__MACOSX" / "f.png", (200, 0, 0))
    (pets / "cats" / "2019" / "back").symlink_to(pets / "cats")
    names = [file.name for file in list_folder(str(pets))["train"].files]
    assert names == ["e.PPM", "d.tif", "a.png", "b.JPG", "c.webp", "a.bmp", "b.gif"]


def test_files_that_are_passed_over_are_counted(pets):
    """One line: how many, and how they end; junk is not worth a word."""
    for number in range(60):
        (pets / "cats" / f"{number}.heic").touch()
    (pets / "dogs" / "gone.png").symlink_to(pets / "nowhere")
    (pets / "dogs" / "Thumbs.db").touch()
    save_image(pets / "alone.png", (1, 2, 3))
    (remark,) = list_folder(str(pets))["train"].remarks
    assert remark == (
        "data: 63 files of pets/ were ignored (.heic, .png, broken link, .txt); images are read from class folders "
        "(avif, bmp, gif, jpg, jp2, png, ppm, tga, tif, webp)"
    )
    for file in (pets / "cats").glob("[!0-9]*"):
        file.unlink()
    with pytest.raises(DataError, match=r"class 'cats' has no images; expected .*; found 63 other files \(\.heic"):
        list_folder(str(pets))


@pytest.mark.skipif(sys.platform != "linux", reason="other systems take only names in Unicode")
def test_a_link_to_the_folder_of_all_classes_adds_nothing(pets):
    """Followed, it would give the images of all classes the label of one."""
    (pets / "cats" / "up").symlink_to("..")
    (pets / "cats" / "further").symlink_to(pets.parent)
    assert [file.parent.name for file in list_folder(str(pets))["train"].files] == ["cats"] * 3 + ["dogs"] * 2


def test_a_link_to_another_class_adds_nothing(pets):
    """Followed, it would give the same images two labels; a class that is such a link is refused."""
    (pets / "cats" / "others").symlink_to(pets / "dogs")
    assert [file.parent.name for file in list_folder(str(pets))["train"].files] == ["cats"] * 3 + ["dogs"] * 2
    (pets / "hounds").symlink_to("dogs")
    with pytest.raises(DataError, match="classes 'dogs' and 'hounds' are one folder, because one class is a link"):
        list_folder(str(pets))


def test_broken_links_and_pipes_are_named(pets):
    """They are not counted as files of their ending, which are read."""
    (pets / "dogs" / "notes.txt").unlink()
    (pets / "dogs" / "gone.png").symlink_to("nowhere.png")
    (pets / "cats" / "away.jpg").symlink_to("nowhere.jpg")
    os.mkfifo(pets / "dogs" / "pipe.png")
    (remark,) = list_folder(str(pets))["train"].remarks
    assert remark.startswith("data: 3 files of pets/ were ignored (broken link, not a regular file); images are read")


def test_names_that_are_not_utf8(pets, tmp_path):
    """Images, classes and folders may be called anything; messages escape it."""
    odd = os.fsdecode(b"caf\xe9")
    (pets / "cats" / "a.png").rename(pets / "cats" / f"{odd}.png")
    (pets / "dogs").rename(pets / odd)
    top = pets.rename(tmp_path / odd)
    arrays = load_folder(str(top), (3, 8, 8), tmp_path / "cache")
    assert arrays.y_train.tolist() == [0, 0, 1, 1, 1]
    (top / odd / f"{odd}.png").write_bytes(b"not an image")
    with pytest.raises(DataError) as caught:
        load_folder(str(top), (3, 8, 8), tmp_path / "cache")
    assert str(caught.value).encode().count(b"caf\\udce9") >= 3


def test_paths_that_cannot_be_looked_at(tmp_path, monkeypatch):
    """Each ends in one line that names the path."""
    (tmp_path / "loop").symlink_to("loop")
    os.mkfifo(tmp_path / "fifo")
    for path, message in (
        ("~nosuchuser/x", "~nosuchuser/x: .*write the full path"),
        ("x" * 300, "x: cannot be read .*too long"),
        (str(tmp_path / "loop"), "loop: no such folder"),
        (str(tmp_path / "fifo"), "fifo: is not a folder"),
        ("a\0b", "no such folder"),
    ):
        with pytest.raises(DataError, match=message):
            list_folder(path)

    def refuse(path):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr("pathlib.Path.iterdir", refuse)
    with pytest.raises(DataError, match=r"cannot be read \(Permission denied\)"):
        list_folder(str(tmp_path))


def save_classes(top, *names):
    """Make a folder of one image for each class."""
    for name in names:
        save_image(top / name / "a.png", (0, 0, 0))


def test_two_names_that_look_the_same_are_refused(tmp_path):
    """A Mac writes an accent as a character of its own; a sync leaves both folders, and a class would be two."""
    save_classes(tmp_path / "in", "caf\u00e9", "cafe\u0301", "tea")
    with pytest.raises(
        DataError, match=r"written with different characters \('cafe\\u0301' and 'caf\\xe9'; from a Mac"
    ):
        list_folder(str(tmp_path / "in"))
    save_classes(tmp_path / "of" / "train", "caf\u00e9", "tea")
    save_classes(tmp_path / "of" / "val", "cafe\u0301")
    with pytest.raises(DataError, match="written with different characters"):
        list_folder(str(tmp_path / "of"))


def test_the_folder_inside_is_proposed(tmp_path):
    """An archive often unpacks into a folder of its own name."""
    save_classes(tmp_path / "photos" / "photos", "a", "b")
    with pytest.raises(DataError, match=r"only one class \('photos'\).*; did you mean data\.path=.*/photos/photos\?$"):
        list_folder(str(tmp_path / "photos"))


def test_images_without_a_folder_of_their_class(tmp_path):
    """The validation part of ImageNet comes so."""
    save_classes(tmp_path / "train", "a", "b")
    save_image(tmp_path / "val" / "1.png", (0, 0, 0))
    with pytest.raises(
        DataError, match=r"val: the images lie directly in this folder \(1 file\).* of its class \(a, b\)"
    ):
        list_folder(str(tmp_path))
