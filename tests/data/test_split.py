"""The split and its facts."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrsearch.data.arrays import Arrays
from lrsearch.data.digits import load_digits
from lrsearch.data.split import describe, split
from lrsearch.errors import DataError


def numbered(n, n_classes):
    """A data set whose images hold their own number, so that each can be followed."""
    x = np.arange(n, dtype="<u4").view(np.uint8).reshape(n, 1, 2, 2)
    return Arrays(x_train=x, y_train=np.arange(n) % n_classes, x_val=None, y_val=None, n_classes=n_classes)


def test_classes_that_differ_in_case_only_are_told(data_spec):
    """They stay two classes: on a Mac or on Windows their folders would be one."""
    arrays = replace(numbered(60, 3), class_names=("Cats", "cats ", "dogs"))
    (remark,) = split(arrays, data_spec(dataset="arrays", path="x", batch_size=8)).remarks
    assert remark == (
        "data: the classes 'Cats' and 'cats ' differ only in upper and lower case or in spaces; they are trained as "
        "two classes, so if they are one, give them the same name"
    )


def numbers(x):
    """The numbers of such images."""
    return np.ascontiguousarray(x).reshape(-1).view("<u4")


@given(st.integers(40, 400), st.integers(2, 5), st.floats(0.1, 0.5), st.integers(0, 99), st.data())
def test_parts_are_disjoint_exact_and_in_shares(data_spec, n, n_classes, fraction, seed, choose):
    """No image is in both parts, the sizes are exact, classes keep their shares, and labels stay with their images."""
    from lrsearch.spec import validation_size

    n_val = validation_size(n, fraction)
    size = choose.draw(st.none() | st.integers(n_classes, n - n_val))
    arrays = numbered(n, n_classes)
    spec = data_spec(dataset="arrays", path="x", val_fraction=fraction, split_seed=seed, train_size=size, batch_size=1)
    parts = split(arrays, spec)
    train, val = numbers(parts.x_train), numbers(parts.x_val)
    assert len(val) == n_val
    assert len(train) == (size or n - n_val)
    assert len(set(train) | set(val)) == len(train) + len(val)
    np.testing.assert_array_equal(arrays.y_train[train], parts.y_train)
    np.testing.assert_array_equal(arrays.y_train[val], parts.y_val)
    for labels in (parts.y_train, parts.y_val):
        assert labels.dtype == np.int64
        assert np.ptp(np.bincount(labels, minlength=n_classes)) <= 2


def test_validation_part_stands_apart_from_the_train_size(data_spec):
    """Runs with more or less to train on are validated on the same images; another seed draws others."""
    arrays = numbered(900, 10)
    few, all_, other = (
        split(arrays, data_spec(dataset="arrays", path="x", batch_size=8, **keys))
        for keys in ({"train_size": 50}, {}, {"split_seed": 1})
    )
    np.testing.assert_array_equal(few.x_val, all_.x_val)
    assert not np.array_equal(all_.x_val, other.x_val)


def test_digits_has_the_promised_sizes(data_spec):
    """1,000 to train, 500 to validate."""
    parts = split(load_digits(), data_spec())
    assert (len(parts.x_train), len(parts.x_val)) == (1000, 500)
    assert parts.shape == (1, 8, 8)


def test_a_validation_part_of_its_own_is_kept(data_spec):
    """Nothing is held out where the data set does it, and nothing is copied."""
    arrays = numbered(100, 2)
    arrays = replace(arrays, x_val=arrays.x_train[:10], y_val=arrays.y_train[:10])
    spec = data_spec(dataset="arrays", path="x", batch_size=8)
    parts = split(arrays, spec)
    assert parts.x_train is arrays.x_train
    assert parts.x_val is arrays.x_val
    assert len(split(arrays, spec.model_copy(update={"train_size": 30})).x_train) == 30


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        (
            {"train_size": 300, "batch_size": 200},
            [
                "data.train_size: 300 exceeds the 180 training images",
                "data.batch_size: 200 exceeds the 180 training images",
            ],
        ),
        ({"train_size": 50, "batch_size": 64}, ["data.batch_size: 64 exceeds the 50 training images"]),
        (
            {"train_size": 5, "batch_size": 2},
            ["data: 5 training images are too few for 10 classes; each class needs at least one"],
        ),
    ],
)
def test_sizes_that_the_data_cannot_meet(data_spec, keys, expected):
    """All of them at once, each with its key."""
    spec = data_spec(dataset="arrays", path="x", val_fraction=0.1, **keys)
    with pytest.raises(DataError) as caught:
        split(numbered(200, 10), spec)
    assert str(caught.value).splitlines() == expected


def test_baselines_by_hand(data_spec):
    """Shares of the most frequent class and entropies, as their definitions have them."""
    arrays = replace(
        numbered(8, 2),
        y_train=np.array([0, 0, 0, 1, 1, 1, 1, 1]),
        x_val=numbered(4, 2).x_train,
        y_val=np.array([1, 0, 0, 0]),
    )
    found = describe(split(arrays, data_spec(dataset="arrays", path="x", batch_size=2)), "mine", "images")
    assert (found.name, found.kind, found.shape, found.n_classes) == ("mine", "images", (1, 2, 2), 2)
    assert (found.n_train, found.n_val) == (8, 4)
    constants = {name: baseline.constant for name, baseline in found.metrics.items()}
    assert constants == {
        "train_loss": pytest.approx(-(3 / 8) * np.log(3 / 8) - (5 / 8) * np.log(5 / 8)),
        "train_accuracy": 0.625,
        "val_loss": pytest.approx(-0.75 * np.log(0.75) - 0.25 * np.log(0.25)),
        "val_accuracy": 0.75,
        "balanced_accuracy": 0.5,
        "macro_f1": pytest.approx(6 / 7 / 2),
    }


def test_fingerprint_sees_every_change(data_spec):
    """One pixel, one label, the order or the split changes it; the memory order does not."""
    arrays = numbered(300, 3)
    spec = data_spec(dataset="arrays", path="x", val_fraction=0.2, batch_size=8)
    parts = split(arrays, spec)
    prints = {describe(parts, "mine", "images").fingerprint}
    turned = replace(parts, x_train=np.asfortranarray(parts.x_train))
    assert describe(turned, "mine", "images").fingerprint in prints
    pixel, label = parts.x_val.copy(), parts.y_train.copy()
    pixel[-1, 0, 1, 1] ^= 1
    label[7] = (label[7] + 1) % 3
    changes = [
        replace(parts, x_val=pixel),
        replace(parts, y_train=label),
        replace(parts, x_train=parts.x_train[::-1]),
        split(arrays, spec.model_copy(update={"split_seed": 1})),
    ]
    prints |= {describe(change, "mine", "images").fingerprint for change in changes}
    assert len(prints) == 5


@pytest.mark.parametrize("fraction", [0.1, 0.25, 0.5, 0.9])
def test_a_class_with_one_example_trains(data_spec, fraction):
    """It is not validated with, the sizes are those that were asked for, and one line says so."""
    y = np.array([0] * 63 + [1] * 63 + [2] * 63 + [3])
    parts = split(
        replace(numbered(190, 4), y_train=y, class_names=("a", "b", "c", "rare")),
        data_spec(dataset="arrays", path="x", val_fraction=fraction, batch_size=2),
    )
    assert len(parts.y_val) == round(190 * fraction)
    assert np.bincount(parts.y_train, minlength=4)[3] == 1
    assert np.ptp(np.bincount(parts.y_val, minlength=4)[:3]) <= 1
    assert parts.remarks == (
        "data: there is no validation image of class 'rare', because the class has too few images",
    )


def test_a_validation_part_of_one_class_is_said(data_spec):
    """Its scores show nothing: a constant answer is right everywhere."""
    arrays = replace(numbered(100, 3), x_val=numbered(300, 3).x_train[200:204], y_val=np.ones(4, dtype=int))
    (remark,) = split(arrays, data_spec(dataset="arrays", path="x", batch_size=8)).remarks
    assert remark.startswith("data: all validation images have the same class, ")


def test_a_small_training_part_keeps_an_example_of_each_class(data_spec):
    """`train_size` leaves no class out while it is at least the number of classes."""
    y = np.repeat([0, 1, 2, 3, 4], [150, 30, 6, 2, 1])
    arrays = replace(numbered(189, 5), y_train=y)
    spec = data_spec(dataset="arrays", path="x", val_fraction=0.3, batch_size=2, train_size=6)
    parts = split(arrays, spec)
    assert np.bincount(parts.y_train).tolist() == [2, 1, 1, 1, 1]
    assert describe(parts, "mine", "images").remarks == parts.remarks


def test_validation_images_that_train_too_are_counted(data_spec):
    """One line with their number, by their pixels; none where there are none."""
    arrays = numbered(100, 2)
    spec = data_spec(dataset="arrays", path="x", val_fraction=0.2, batch_size=8)
    assert split(arrays, spec).remarks == ()
    x_val = np.concatenate([numbered(300, 2).x_train[200:], arrays.x_train[:3], arrays.x_train[:1]])
    parts = split(replace(arrays, x_val=x_val, y_val=np.append(np.arange(103) % 2, 0)), spec)
    (remark,) = parts.remarks
    assert remark.startswith("data: 4 of the 104 validation images are equal to training images")


def test_equal_images_of_several_classes_are_counted(data_spec):
    """A copied class folder: its images are in two classes, so no network can know both."""
    arrays = numbered(100, 2)
    spec = data_spec(dataset="arrays", path="x", val_fraction=0.2, batch_size=8)
    x = arrays.x_train.copy()
    x[1] = x[0]
    remarks = split(replace(arrays, x_train=x, y_train=np.arange(100) % 2), spec).remarks
    assert remarks[0] == (
        "data: 2 of the 100 images are equal to an image of another class, for example of classes 0 and 1 (a copy of a "
        "folder?); keep each image in one class"
    )


def test_images_that_are_all_equal_are_said(data_spec):
    """No other remark on equal images stands beside it."""
    arrays = numbered(100, 2)
    spec = data_spec(dataset="arrays", path="x", val_fraction=0.2, batch_size=8)
    (remark,) = split(replace(arrays, x_train=np.zeros_like(arrays.x_train)), spec).remarks
    assert remark.startswith("data: all 100 images are equal, so there is nothing to learn; look at how")


def test_each_image_is_digested_once(data_spec, monkeypatch):
    """The warnings on equal images share one pass over both parts."""
    lengths = []

    def blake2b(data, **options):
        lengths.append(len(data))
        return hashlib.blake2b(data, **options)

    monkeypatch.setattr("lrsearch.data.split.hashlib", SimpleNamespace(blake2b=blake2b))
    split(numbered(100, 2), data_spec(dataset="arrays", path="x", val_fraction=0.2, batch_size=8))
    assert lengths == [4] * 100
