"""Says how to save arrays whose type or shape does not fit, if it can be seen what they hold."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt


def pixel_advice(name: str, x: npt.NDArray[Any]) -> str:
    """Say how to make uint8 of pixels of another type.

    Args:
        name: The name of the array.
        x: The array, of any type but uint8.

    Returns:
        What to do, after a semicolon; "" if the values show nothing.

    Example:
        >>> pixel_advice("x_train", np.array([[0.0, 0.25], [0.5, 1.0]]))
        '; values from 0 to 1 become pixels with (x_train * 255).round().astype("uint8")'
    """
    if x.dtype.kind == "b":
        return f'; save {name}.astype("uint8") * 255'
    is_float = x.dtype.kind == "f"
    if not (is_float or x.dtype.kind in "iu") or not x.size:
        return ""
    low, high = float(x.min()), float(x.max())  # NaN if a value is NaN, and then no comparison holds
    if is_float and -math.inf < low < 0 and high < math.inf:
        return f"; values from {low:.3g} to {high:.3g} look standardised: save the pixels from before the normalisation"
    if is_float and low >= 0 and high <= 1:
        return f'; values from 0 to 1 become pixels with ({name} * 255).round().astype("uint8")'
    return f'; save {name}.astype("uint8")' if low >= 0 and high <= 255 else ""


def shape_advice(name: str, shape: tuple[int, ...]) -> str:
    """Say how to make images of flat rows, and how to drop further channels.

    Returns:
        What to do, after a semicolon; "" if the shape shows nothing.

    Example:
        >>> shape_advice("x_train", (60000, 784)), shape_advice("x_train", (500, 3072))
        ('; rows of 784 pixels become images with x_train.reshape(-1, 28, 28)', '; rows of 3072 pixels become images \
with x_train.reshape(-1, 3, 32, 32), or with reshape(-1, 32, 32, 3) if the colours stand together')
    """
    if len(shape) == 4 and 4 in shape[1:]:
        return "; leave out the fourth channel (transparency) of each image"
    if len(shape) != 2:
        return ""
    n = shape[1]
    if (side := math.isqrt(n)) > 1 and side * side == n:
        return f"; rows of {n} pixels become images with {name}.reshape(-1, {side}, {side})"
    if n % 3 == 0 and (side := math.isqrt(n // 3)) > 1 and 3 * side * side == n:
        return (
            f"; rows of {n} pixels become images with {name}.reshape(-1, 3, {side}, {side}), or with reshape(-1, "
            f"{side}, {side}, 3) if the colours stand together"
        )
    return f"; use {name}.reshape(-1, HEIGHT, WIDTH) for images; rows of measurements are the data set table (CSV)"


def label_advice(name: str, y: npt.NDArray[Any]) -> str:
    """Say how to make whole numbers, one for each example, of labels of another type or shape.

    Returns:
        What to do, after a semicolon; "" if the values show nothing.

    Example:
        >>> label_advice("y_train", np.eye(3)), label_advice("y_train", np.array([0.0, 1.0]))
        ('; these are one-hot: save y_train.argmax(axis=1)', '; save y_train.astype("int64")')
    """
    if y.dtype.kind in "fiub" and y.ndim == 2 and y.shape[1] > 1:
        is_one_hot = bool(((y == 0) | (y == 1)).all() and (y.sum(axis=1) == 1).all())
        what = "these are one-hot" if is_one_hot else "if each row holds the scores of the classes"
        return f"; {what}{':' if is_one_hot else ','} save {name}.argmax(axis=1)"
    if y.dtype.kind == "b":
        return f'; save {name}.astype("int64")'
    if y.dtype.kind == "f" and y.ndim == 1 and y.size:
        is_whole = bool(np.isfinite(y).all() and (y == np.round(y)).all())
        return f'; save {name}.astype("int64")' if is_whole else "; numbers to predict need the data set table (CSV)"
    if y.dtype.kind in "US":
        return f"; number them: save np.unique({name}, return_inverse=True)[1]"
    return ""
