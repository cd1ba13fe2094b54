"""Checks arrays of images and classes that the user gives, and converts them to one form."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from lrsearch.data.array_advice import label_advice, pixel_advice, shape_advice
from lrsearch.data.arrays import Arrays, TestPart
from lrsearch.errors import DataError
from lrsearch.wording import counted, some_of

_MOST_NAMED = 10  # arrays that an error names
_KNOWN = frozenset({"x_train", "y_train", "x_val", "y_val", "x_test", "y_test"})


def parse_arrays(members: Mapping[str, npt.NDArray[Any]], source: str) -> Arrays:
    """Check arrays that the user gives, and convert them to one form.

    Args:
        members: `x_train` and `y_train`, and both or neither of `x_val` and `y_val`; any other member is ignored.
            Images are uint8 of shape (N, H, W), (N, H, W, C) or (N, C, H, W) with C 1 or 3; a shape that fits both
            forms is read as (N, H, W, C), and a remark says so. Labels are whole numbers from 0, (N,) or (N, 1), each
            class with an example in `y_train`.
        source: Name of the file or other source, for error messages.

    Returns:
        The arrays; images are views of the user's arrays.

    Raises:
        DataError: The arrays have problems. The error names every problem, one per line.
    """
    missing = [key for key in ("x_train", "y_train") if key not in members]
    if missing:
        found = some_of(list(members), _MOST_NAMED) if members else "nothing"
        raise DataError(*(f"{source}: {key} is missing; the file holds {found}" for key in missing))
    parts = [part for part in ("train", "val") if f"x_{part}" in members or f"y_{part}" in members]
    problems = [problem for part in parts for problem in _part_problems(members, part)]
    if not problems:
        x = {part: channels_first(members[f"x_{part}"]) for part in parts}
        y = {part: members[f"y_{part}"].reshape(-1) for part in parts}
        problems += label_problems(y)  # before they become int64: a label above 2^63 would turn negative
        if len({images.shape[1:] for images in x.values()}) > 1:
            problems.append(
                f"images of x_val have shape {x['val'].shape[1:]}, but images of x_train have shape "
                f"{x['train'].shape[1:]}; resize the images of one part"
            )
    if problems:
        raise DataError(*(f"{source}: {problem}" for problem in problems))
    labels = {part: of_part.astype(np.int64) for part, of_part in y.items()}
    return Arrays(
        x_train=x["train"],
        y_train=labels["train"],
        x_val=x.get("val"),
        y_val=labels.get("val"),
        n_classes=int(labels["train"].max()) + 1,
        remarks=(*_order_remarks(members["x_train"].shape), *_ignored_remarks(members, source)),
    )


def parse_test(members: Mapping[str, npt.NDArray[Any]], source: str) -> TestPart | None:
    """Check the test part of arrays that the user gives: `x_test` and `y_test`, in the form of `parse_arrays`.

    Args:
        members: Arrays by name, with those of the training part. Any other member is ignored.
        source: Name of the file or other source, for error messages.

    Returns:
        The test part; None if there is neither `x_test` nor `y_test`.

    Raises:
        DataError: The arrays have problems. The error names every problem, one per line.
    """
    if not {"x_test", "y_test"} & members.keys():
        return None
    problems = _part_problems(members, "test")
    if not problems:
        x, train = channels_first(members["x_test"]), channels_first(members["x_train"])
        y, n_classes = members["y_test"].reshape(-1), int(members["y_train"].max()) + 1
        if x.shape[1:] != train.shape[1:]:
            problems.append(
                f"images of x_test have shape {x.shape[1:]}, but images of x_train have shape {train.shape[1:]}"
            )
        if unknown := [int(label) for label in np.unique(y) if not 0 <= label < n_classes]:
            problems.append(f"y_test has label {unknown[0]}; the labels of y_train run from 0 to {n_classes - 1}")
    if problems:
        raise DataError(*(f"{source}: {problem}" for problem in problems))
    return TestPart(x=x, y=y.astype(np.int64))


def _part_problems(members: Mapping[str, npt.NDArray[Any]], part: str) -> list[str]:
    x, y = (members.get(f"{axis}_{part}") for axis in "xy")
    if x is None or y is None:
        there, absent = ("x", "y") if y is None else ("y", "x")
        return [f"{there}_{part} is given without {absent}_{part}; give both"]
    problems = [*_pixel_problems(f"x_{part}", x), *_label_problems(f"y_{part}", y)]
    if x.ndim and y.ndim and len(x) != len(y):
        problems.append(f"x_{part} has {len(x)} images, but y_{part} has {len(y)} labels")
    return problems


def _pixel_problems(name: str, x: npt.NDArray[Any]) -> list[str]:
    problems = []
    if x.dtype != np.uint8:
        has_nan = x.dtype.kind == "f" and bool(np.isnan(x).any())
        found = f"{x.dtype}, with NaN" if has_nan else str(x.dtype)
        problems.append(f"{name} holds {found}; pixels must be uint8, 0 to 255{pixel_advice(name, x)}")
    if not is_image_shape(x.shape):
        expected = "expected (N, H, W), (N, H, W, C) or (N, C, H, W) with C 1 or 3"
        problems.append(f"{name} has shape {x.shape}; {expected}{shape_advice(name, x.shape)}")
    elif x.size == 0:
        problems.append(f"{name} has shape {x.shape}: the array is empty")
    return problems


def _label_problems(name: str, y: npt.NDArray[Any]) -> list[str]:
    if y.ndim != 1 and not (y.ndim == 2 and y.shape[1] == 1):
        return [f"{name} has shape {y.shape}; expected (N,), one label for each image{label_advice(name, y)}"]
    if y.dtype.kind not in "iu":
        advice = label_advice(name, y.reshape(-1))
        return [f"{name} holds {y.dtype}; labels must be whole numbers from 0{advice}"]
    return []


def label_problems(labels: Mapping[str, npt.NDArray[Any]]) -> list[str]:
    """Describe what is wrong with the classes of the training part, and of the validation part if there is one."""
    classes = np.unique(labels["train"])
    low, high = int(classes[0]), int(classes[-1])
    if low != 0:
        return [f"the smallest label of y_train is {low}; labels must begin at 0"]
    if high == 0:
        return ["y_train holds only one class; at least two are needed"]
    if len(classes) <= high:
        # Do not allocate `high` entries: a single wrong label can be very large.
        absent = int(np.flatnonzero(classes != np.arange(len(classes)))[0])
        return [f"the labels of y_train run from 0 to {high}, but no image has label {absent}; leave no gaps"]
    if "val" in labels:
        unknown = [int(label) for label in np.unique(labels["val"]) if not 0 <= label <= high]
        if unknown:
            return [f"y_val has label {unknown[0]}; the labels of y_train run from 0 to {high}"]
    return []


def is_image_shape(shape: tuple[int, ...]) -> bool:
    """Whether an array of this shape can hold images: (N, H, W), (N, H, W, C) or (N, C, H, W) with C 1 or 3."""
    return len(shape) == 3 or (len(shape) == 4 and (shape[3] in {1, 3} or shape[1] in {1, 3}))


def _order_remarks(shape: tuple[int, ...]) -> Iterator[str]:
    """Say how images are read whose shape fits both orders of the axes."""
    if len(shape) == 4 and {shape[1], shape[3]} <= {1, 3} and shape[1:] != (1, 1, 1):
        _, height, width, channels = shape
        yield (
            f"data: x_train has shape {shape}, which is read as (N, H, W, C): images of {height}x{width} with "
            f"{counted(channels, 'channel')}; if the array is (N, C, H, W), save x.transpose(0, 2, 3, 1)"
        )


def _ignored_remarks(members: Mapping[str, npt.NDArray[Any]], source: str) -> Iterator[str]:
    """Say which arrays are not read: somebody may have named the validation part in another way."""
    if others := [name for name in members if name not in _KNOWN]:
        yield (
            f"data: {source} also holds {some_of(others, _MOST_NAMED)}, which {'is' if len(others) == 1 else 'are'} "
            "ignored; validation images are read from x_val and y_val, test images from x_test and y_test"
        )


def channels_first(x: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return a view as (N, C, H, W) of an array whose shape has been checked."""
    if x.ndim == 3:
        return x[:, None]
    return x.transpose(0, 3, 1, 2) if x.shape[3] in {1, 3} else x
