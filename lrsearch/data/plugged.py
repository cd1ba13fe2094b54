"""The data sets of plugins: arrays, tensors or Datasets that a function of the user returns."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from lrsearch.catalog import DATASETS
from lrsearch.data.arrays import Arrays, Targets, TestPart
from lrsearch.data.download import Progress
from lrsearch.data.image_arrays import channels_first, is_image_shape, label_problems, parse_arrays
from lrsearch.data.listed import REGRESSION, list_dataset
from lrsearch.data.loader import Loader
from lrsearch.errors import DataError
from lrsearch.plugins import plugin_name
from lrsearch.spec import DataSpec, task_kind
from lrsearch.trust import digests_of

_WANTED = (
    "expected a mapping with x_train and y_train, a torch.utils.data.Dataset, or up to three of them, to train, to "
    "validate and to test with"
)
_PARTS = ("train", "val", "test")
_KEYS = tuple(f"{axis}_{part}" for part in _PARTS for axis in "xy")


def load_plugged(data: DataSpec, _: Progress | None = None) -> Arrays:
    """Call the function of a plugin, and check what it returns. What it returns as a test part is not looked at.

    Raises:
        DataError: The function returned something else than examples with classes or numbers.
        PluginError: The function raised an exception.
    """
    answer, source = _call(data)
    has_numbers = task_kind(data.dataset) == "regression"
    if isinstance(answer, Mapping):
        return _parse_mapping(answer, source, has_numbers=has_numbers)
    return _parse_datasets(answer[:2], source, has_numbers=has_numbers)


def load_plugged_test(data: DataSpec, _: Progress | None = None) -> TestPart | None:
    """Call the function of a plugin, and return the test part that it returns; None if it returns none.

    Raises:
        DataError: The test part does not fit the training part.
        PluginError: The function raised an exception.
    """
    answer, source = _call(data)
    has_numbers = task_kind(data.dataset) == "regression"
    # A test part is checked as a validation part is.
    if isinstance(answer, Mapping):
        renamed = {"x_train": "x_train", "y_train": "y_train", "x_test": "x_val", "y_test": "y_val"}
        members = {key: answer[name] for name, key in renamed.items() if answer.get(name) is not None}
        parsed = _parse_mapping(members, source, has_numbers=has_numbers, last="test")
    elif len(answer) < len(_PARTS) or answer[2] is None:
        return None
    else:
        parsed = _parse_datasets((answer[0], answer[2]), source, has_numbers=has_numbers, last="test")
    return None if parsed.x_val is None or parsed.y_val is None else TestPart(x=parsed.x_val, y=parsed.y_val)


def _call(data: DataSpec) -> tuple[Mapping[str, Any] | tuple[Any, ...], str]:
    """Return the answer of a plugin's function, a mapping or Datasets, and what messages call the data set."""
    entry = DATASETS[data.dataset.name]
    if entry.build is None:
        raise DataError(f"data.dataset: the plugin of '{entry.name}' is not loaded; name its file with --plugin")
    source = f"dataset '{entry.name}' ({plugin_name(entry.plugin)})"
    answer = entry.build(**data.dataset.options)
    if isinstance(answer, Mapping):
        if unknown := [key for key in answer if key not in _KEYS]:
            raise DataError(f"{source}: the function returned the key {unknown[0]!r}; allowed are {', '.join(_KEYS)}")
        return answer, source
    parts = tuple(answer) if isinstance(answer, tuple | list) else (answer,)
    is_left_out = [part is None and i > 0 for i, part in enumerate(parts)]
    if not 1 <= len(parts) <= len(_PARTS) or not all(
        out or hasattr(part, "__getitem__") for part, out in zip(parts, is_left_out, strict=True)
    ):
        raise DataError(f"{source}: the function returned {_a(answer)}; {_WANTED}")
    return parts, source


def _parse_mapping(answer: Mapping[str, Any], source: str, *, has_numbers: bool, last: str = "val") -> Arrays:
    """Check the training part of a mapping, and the part in `x_val` and `y_val`, which messages call `last`."""
    keys = _KEYS[:4]
    members = {key: _as_array(answer[key], f"{source}: {key}") for key in keys if answer.get(key) is not None}
    x = members.get("x_train")
    try:
        if x is None or (x.dtype == np.uint8 and is_image_shape(x.shape) and not has_numbers):
            return parse_arrays(members, source)
        return parse_examples(members, source, has_numbers=has_numbers)
    except DataError as error:
        raise DataError(*(line.replace("_val", f"_{last}") for line in error.lines)) from None


def _as_array(values: Any, what: str) -> npt.NDArray[Any]:  # noqa: ANN401  (an array, a tensor or a list)
    if hasattr(values, "detach"):
        values = values.detach().cpu().numpy()
    array = np.asarray(values)
    if array.dtype.kind not in "biuf":
        raise DataError(f"{what} holds {array.dtype}; expected numbers")
    return array


def parse_examples(members: Mapping[str, npt.NDArray[Any]], source: str, *, has_numbers: bool = False) -> Arrays:
    """Check examples of any shape. Floating-point numbers become float32, whole numbers int64.

    Args:
        members: `x_train` and `y_train`, and both or neither of `x_val` and `y_val`. Examples are (N, ...), labels are
            whole numbers from 0, or numbers to predict, (N,).
        source: What messages call the data.
        has_numbers: Whether the labels are numbers to predict. Images (uint8) then stay images.

    Raises:
        DataError: The arrays have problems. The error names every problem, one per line.
    """
    parts = [part for part in ("train", "val") if f"x_{part}" in members or f"y_{part}" in members]
    problems = [problem for part in parts for problem in _part_problems(members, part, has_numbers=has_numbers)]
    labels = {part: members[f"y_{part}"].reshape(-1) for part in parts if f"y_{part}" in members}
    problems = problems or (_number_problems(labels["train"]) if has_numbers else label_problems(labels))
    shapes = {members[f"x_{part}"].shape[1:] for part in parts if f"x_{part}" in members}
    if not problems and len(shapes) > 1:
        problems.append(f"x_train and x_val hold examples of different shapes: {' and '.join(map(str, shapes))}")
    if problems:
        raise DataError(*(f"{source}: {problem}" for problem in problems))
    x = {part: _plain(members[f"x_{part}"], keeps_images=has_numbers) for part in parts}
    y = {part: of_part.astype(np.float64 if has_numbers else np.int64) for part, of_part in labels.items()}
    n_classes = None if has_numbers else int(y["train"].max()) + 1
    return Arrays(x_train=x["train"], y_train=y["train"], x_val=x.get("val"), y_val=y.get("val"), n_classes=n_classes)


def _part_problems(members: Mapping[str, npt.NDArray[Any]], part: str, *, has_numbers: bool) -> list[str]:
    x, y = members.get(f"x_{part}"), members.get(f"y_{part}")
    if x is None or y is None:
        there, absent = ("x", "y") if y is None else ("y", "x")
        return [f"{there}_{part} is given without {absent}_{part}; give both"]
    problems = []
    if x.ndim < 2 or x.size == 0:
        problems.append(f"x_{part} has shape {x.shape}; expected (N, ...), with at least one number in each example")
    elif x.dtype.kind == "f" and not np.isfinite(x).all():
        problems.append(f"x_{part} holds NaN or infinity; remove such examples, or replace these numbers")
    wanted = "numbers to predict must be" if has_numbers else "labels must be whole numbers from 0,"
    if y.dtype.kind not in ("iuf" if has_numbers else "iu") or not y.ndim or y.size != y.shape[0]:
        advice = f"; for numbers to predict, write {REGRESSION}" if y.dtype.kind == "f" and not has_numbers else ""
        problems.append(f"y_{part} holds {y.dtype} of shape {y.shape}; {wanted} (N,){advice}")
    elif x.ndim and len(x) != len(y):
        problems.append(f"x_{part} has {len(x)} examples, but y_{part} has {len(y)} labels")
    elif not np.isfinite(y).all():
        problems.append(f"y_{part} holds NaN or infinity; remove such examples")
    return problems


def _number_problems(y_train: Targets) -> list[str]:
    """Describe what is wrong with the numbers to predict of the training part."""
    return [f"every number of y_train is {y_train[0]:g}; there is nothing to learn"] if np.ptp(y_train) == 0 else []


def _plain(x: npt.NDArray[Any], *, keeps_images: bool) -> npt.NDArray[Any]:
    if keeps_images and x.dtype == np.uint8 and is_image_shape(x.shape):
        return channels_first(x)
    return x.astype(np.int64 if x.dtype.kind in "iu" else np.float32, copy=False)


def _parse_datasets(parts: Sequence[Any], source: str, *, has_numbers: bool, last: str = "validation") -> Arrays:
    """List a Dataset to train with and, if there is one, a second one, which messages call `last`."""
    chosen = [part for part in parts if part is not None]
    names = [source] if len(chosen) == 1 else [f"{source}, part {part}" for part in ("train", last)]
    listed = [list_dataset(part, name, has_numbers=has_numbers) for part, name in zip(chosen, names, strict=True)]
    (x, y), *others = listed
    x_val, y_val = others[0] if others else (None, None)
    labels = {"train": y} if y_val is None else {"train": y, "val": y_val}
    problems = _number_problems(y) if has_numbers else label_problems(labels)
    if x_val is not None and x_val.example_shape != x.example_shape:
        problems.append(f"examples of the parts have different shapes: {x.example_shape} and {x_val.example_shape}")
    if problems:
        raise DataError(*(f"{source}: {problem}" for problem in problems))
    members: Any = {"x_train": x, "x_val": x_val}  # listed examples in place of arrays
    return Arrays(**members, y_train=y, y_val=y_val, n_classes=None if has_numbers else int(y.max()) + 1)


def _a(value: object) -> str:
    return "nothing" if value is None else f"an object of type {type(value).__name__}"


def _state(data: DataSpec) -> list[object]:
    """Return the digests of the plugin's file as it is now."""
    place = DATASETS[data.dataset.name].plugin
    return [place, digests_of([Path(place)]) if Path(place).is_absolute() else {}]


LOADERS: Mapping[str, Loader] = defaultdict(
    lambda: Loader(
        load=load_plugged,
        state=_state,
        test=load_plugged_test,
        resident="lrsearch.data.plugged_resident",
        is_cached=False,
    )
)
"""The loader of each data set of a plugin. They are all alike."""
