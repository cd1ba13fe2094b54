"""Arrays that a person brings."""

from __future__ import annotations

import numpy as np
import pytest

from lrsearch.data.image_arrays import parse_arrays
from lrsearch.errors import DataError

X = np.arange(4 * 5 * 6, dtype=np.uint8).reshape(4, 5, 6)
Y = np.array([0, 1, 0, 1])


def problems(**members: np.ndarray) -> list[str]:
    """The lines of the error."""
    with pytest.raises(DataError) as caught:
        parse_arrays(members, "my.npz")
    return str(caught.value).splitlines()


def test_three_layouts_mean_the_same():
    """(N, H, W), (N, H, W, 1) and (N, 1, H, W) are one data set."""
    for x in (X, X[..., None], X[:, None]):
        arrays = parse_arrays({"x_train": x, "y_train": Y}, "my.npz")
        np.testing.assert_array_equal(X[:, None], arrays.x_train)
        assert arrays.n_classes == 2


def test_colour_last_is_brought_first():
    """Colour images keep every pixel in its place."""
    x = np.random.default_rng(0).integers(0, 256, (4, 5, 6, 3), dtype=np.uint8)
    arrays = parse_arrays({"x_train": x, "y_train": Y.astype(np.uint8)[:, None]}, "my.npz")
    assert arrays.x_train.shape == (4, 3, 5, 6)
    assert arrays.x_train[1, 2, 3, 4] == x[1, 3, 4, 2]
    assert arrays.y_train.dtype == np.int64
    assert arrays.y_train.shape == (4,)


def test_a_shape_that_fits_both_orders_is_said():
    """Channels last is read; the transposed array has one meaning, and so have images of one value."""
    x = np.arange(4 * 3 * 8 * 3, dtype=np.uint8).reshape(4, 3, 8, 3)
    arrays = parse_arrays({"x_train": x, "y_train": Y}, "my.npz")
    assert arrays.x_train.shape == (4, 3, 3, 8)
    (remark,) = arrays.remarks
    assert remark == (
        "data: x_train has shape (4, 3, 8, 3), which is read as (N, H, W, C): images of 3x8 with 3 channels; if the "
        "array is (N, C, H, W), save x.transpose(0, 2, 3, 1)"
    )
    turned = parse_arrays({"x_train": x.transpose(0, 2, 3, 1), "y_train": Y}, "my.npz")
    np.testing.assert_array_equal(x, turned.x_train)
    plain = (turned, *(parse_arrays({"x_train": one, "y_train": Y}, "") for one in (X[..., None], x[:, :1, :1, :1])))
    assert [each.remarks for each in plain] == [(), (), ()]


def test_validation_part_is_taken():
    """x_val and y_val come along."""
    arrays = parse_arrays({"x_train": X, "y_train": Y, "x_val": X[:2], "y_val": Y[:2]}, "my.npz")
    np.testing.assert_array_equal(X[:2, None], arrays.x_val)
    np.testing.assert_array_equal(Y[:2], arrays.y_val)


def test_missing_keys_are_named_with_what_is_there():
    """Both missing keys at once, and what the file holds instead."""
    assert problems(images=X) == [
        "my.npz: x_train is missing; the file holds images",
        "my.npz: y_train is missing; the file holds images",
    ]


def test_all_problems_at_once():
    """Type of the pixels, type of the labels, and lengths, in one error."""
    x = X.astype(np.float32)
    x[0, 0, 0] = np.nan
    assert problems(x_train=x, y_train=np.zeros(3, dtype=bool)) == [
        "my.npz: x_train holds float32, with NaN; pixels must be uint8, 0 to 255",
        'my.npz: y_train holds bool; labels must be whole numbers from 0; save y_train.astype("int64")',
        "my.npz: x_train has 4 images, but y_train has 3 labels",
    ]


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ([1, 2, 1, 2], "the smallest label of y_train is 1; labels must begin at 0"),
        ([-1, 0, 1, 1], "the smallest label of y_train is -1; labels must begin at 0"),
        ([0, 0, 0, 0], "y_train holds only one class; at least two are needed"),
        ([0, 1, 3, 3], "the labels of y_train run from 0 to 3, but no image has label 2; leave no gaps"),
        ([0, 2**62, 0, 0], f"the labels of y_train run from 0 to {2**62}, but no image has label 1; leave no gaps"),
        (
            [0, 2**64 - 1, 0, 1],
            f"the labels of y_train run from 0 to {2**64 - 1}, but no image has label 2; leave no gaps",
        ),
    ],
)
def test_labels_that_do_not_count_from_zero(labels, message):
    """Each way in which labels can be wrong is told apart."""
    dtype = np.uint64 if max(labels) >= 2**63 else np.int64
    assert problems(x_train=X, y_train=np.array(labels, dtype)) == [f"my.npz: {message}"]


def test_validation_part_must_fit():
    """Half of a part, strange labels and other shapes are refused."""
    assert problems(x_train=X, y_train=Y, y_val=Y) == ["my.npz: y_val is given without x_val; give both"]
    large = np.array([0, 1, 2**63, 1], np.uint64)
    assert problems(x_train=X, y_train=Y, x_val=X, y_val=large) == [
        f"my.npz: y_val has label {2**63}; the labels of y_train run from 0 to 1"
    ]
    assert problems(x_train=X, y_train=Y, x_val=X[:, 1:], y_val=Y + 7) == [
        "my.npz: y_val has label 7; the labels of y_train run from 0 to 1",
        (
            "my.npz: images of x_val have shape (1, 4, 6), but images of x_train have shape (1, 5, 6); "
            "resize the images of one part"
        ),
    ]


@pytest.mark.parametrize("shape", [(4,), (4, 5), (4, 5, 6, 2), (4, 5, 6, 3, 1), (4, 0, 6)])
def test_shapes_that_are_no_images(shape):
    """An array that cannot be images is refused with its shape."""
    (problem,) = problems(x_train=np.zeros(shape, dtype=np.uint8), y_train=Y)
    assert f"x_train has shape {shape}" in problem


def test_no_examples():
    """Empty arrays are refused."""
    (problem,) = problems(x_train=X[:0], y_train=Y[:0])
    assert "the array is empty" in problem
