"""What to do with arrays of another type or shape, as people save them."""

import numpy as np
import pytest

from lrsearch.data.array_advice import label_advice, pixel_advice, shape_advice
from lrsearch.data.image_arrays import parse_arrays
from lrsearch.errors import DataError


@pytest.mark.parametrize(
    ("x", "advice"),
    [
        (np.array([[0.0, 1.0]]), '; values from 0 to 1 become pixels with (x * 255).round().astype("uint8")'),
        (np.array([[0.0, 255.0]]), '; save x.astype("uint8")'),
        (np.array([[0, 255]], dtype=np.int64), '; save x.astype("uint8")'),
        (
            np.array([[-2.1, 2.6]]),
            "; values from -2.1 to 2.6 look standardised: save the pixels from before the normalisation",
        ),
        (np.array([[0, 300]]), ""),
        (np.array([[np.nan, 1.0]]), ""),
        (np.array([["a"]]), ""),
        (np.array([[True]]), '; save x.astype("uint8") * 255'),
        (np.concatenate([np.zeros(1 << 17), [0.5, 200.0]]), '; save x.astype("uint8")'),
        (np.zeros((0, 3)), ""),
    ],
)
def test_pixels_of_another_type(x, advice):
    """Only what the values show."""
    assert pixel_advice("x", x) == advice


@pytest.mark.parametrize(
    ("shape", "advice"),
    [
        ((100, 784), "; rows of 784 pixels become images with x.reshape(-1, 28, 28)"),
        (
            (100, 3072),
            (
                "; rows of 3072 pixels become images with x.reshape(-1, 3, 32, 32), or with reshape(-1, 32, 32, 3) if "
                "the colours stand together"
            ),
        ),
        ((100, 13), "; use x.reshape(-1, HEIGHT, WIDTH) for images; rows of measurements are the data set table (CSV)"),
        ((100, 8, 8, 4), "; leave out the fourth channel (transparency) of each image"),
        ((100,), ""),
        ((1, 2, 3, 5, 7), ""),
    ],
)
def test_shapes_that_are_no_images(shape, advice):
    """Flat rows, as MNIST and CIFAR-10 are often saved; and RGBA."""
    assert shape_advice("x", shape) == advice


@pytest.mark.parametrize(
    ("y", "advice"),
    [
        (np.eye(3), "; these are one-hot: save y.argmax(axis=1)"),
        (np.eye(3, dtype=bool), "; these are one-hot: save y.argmax(axis=1)"),
        (np.full((3, 3), 0.3), "; if each row holds the scores of the classes, save y.argmax(axis=1)"),
        (np.array([True, False]), '; save y.astype("int64")'),
        (np.array([0.0, 2.0]), '; save y.astype("int64")'),
        (np.array([0.5, 2.0]), "; numbers to predict need the data set table (CSV)"),
        (np.array(["cat", "dog"]), "; number them: save np.unique(y, return_inverse=True)[1]"),
        (np.array([object()]), ""),
    ],
)
def test_labels_of_another_form(y, advice):
    """One-hot, booleans, whole numbers as floats, names."""
    assert label_advice("y", y) == advice


def test_the_advice_stands_in_the_error_and_works():
    """Flat float rows and one-hot labels: what the lines say gives arrays that are taken."""
    x, y = np.random.default_rng(0).random((20, 64)), np.eye(2)[np.arange(20) % 2]
    with pytest.raises(DataError) as error:
        parse_arrays({"x_train": x, "y_train": y}, "a.npz")
    assert error.value.lines == (
        (
            "a.npz: x_train holds float64; pixels must be uint8, 0 to 255; values from 0 to 1 become pixels with "
            '(x_train * 255).round().astype("uint8")'
        ),
        (
            "a.npz: x_train has shape (20, 64); expected (N, H, W), (N, H, W, C) or (N, C, H, W) with C 1 or 3; "
            "rows of 64 pixels become images with x_train.reshape(-1, 8, 8)"
        ),
        (
            "a.npz: y_train has shape (20, 2); expected (N,), one label for each image; these are one-hot: save "
            "y_train.argmax(axis=1)"
        ),
    )
    images = (x * 255).round().astype("uint8").reshape(-1, 8, 8)
    assert parse_arrays({"x_train": images, "y_train": y.argmax(axis=1)}, "a.npz").n_classes == 2
