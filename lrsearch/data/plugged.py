"""The data sets of plugins: arrays, tensors or Datasets that a function of the user returns."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from lrsearch.catalog import DATASETS
from lrsearch.data.arrays import Arrays
from lrsearch.data.download import Progress
from lrsearch.data.image_arrays import is_image_shape, label_problems, parse_arrays
from lrsearch.data.listed import list_dataset
from lrsearch.data.loader import Loader
from lrsearch.errors import DataError
from lrsearch.plugins import plugin_name
from lrsearch.spec import DataSpec
from lrsearch.trust import digests_of

_WANTED = (
    "expected a mapping with x_train and y_train, a torch.utils.data.Dataset, or a pair of Datasets to train and to "
    "validate with"
)


def load_plugged(data: DataSpec, _: Progress | None = None) -> Arrays:
    """Call the function of a plugin, and check what it returns.

    Raises:
        DataError: The function returned something else than examples with classes.
        PluginError: The function raised an exception.
    """
    entry = DATASETS[data.dataset.name]
    if entry.build is None:
        raise DataError(f"data.dataset: the plugin of '{entry.name}' is not loaded; name its file with --plugin")
    source = f"dataset '{entry.name}' ({plugin_name(entry.plugin)})"
    answer = entry.build(**data.dataset.options)
    if isinstance(answer, Mapping):
        return _parse_mapping(answer, source)
    parts = answer if isinstance(answer, tuple | list) else (answer,)
    if len(parts) not in {1, 2} or not all(hasattr(part, "__getitem__") for part in parts):
        raise DataError(f"{source}: the function returned {_a(answer)}; {_WANTED}")
    return _parse_datasets(parts, source)


def _parse_mapping(answer: Mapping[str, Any], source: str) -> Arrays:
    keys = ("x_train", "y_train", "x_val", "y_val")
    if unknown := [key for key in answer if key not in keys]:
        raise DataError(f"{source}: the function returned the key {unknown[0]!r}; allowed are {', '.join(keys)}")
    members = {key: _as_array(answer[key], f"{source}: {key}") for key in keys if answer.get(key) is not None}
    x = members.get("x_train")
    if x is None or (x.dtype == np.uint8 and is_image_shape(x.shape)):
        return parse_arrays(members, source)
    return parse_examples(members, source)


def _as_array(values: Any, what: str) -> npt.NDArray[Any]:  # noqa: ANN401  (an array, a tensor or a list)
    if hasattr(values, "detach"):
        values = values.detach().cpu().numpy()
    array = np.asarray(values)
    if array.dtype.kind not in "biuf":
        raise DataError(f"{what} holds {array.dtype}; expected numbers")
    return array


def parse_examples(members: Mapping[str, npt.NDArray[Any]], source: str) -> Arrays:
    """Check examples of any shape. Floating-point numbers become float32, whole numbers int64.

    Args:
        members: `x_train` and `y_train`, and both or neither of `x_val` and `y_val`. Examples are (N, ...), labels are
            whole numbers from 0, (N,).
        source: What messages call the data.

    Raises:
        DataError: The arrays have problems. The error names every problem, one per line.
    """
    parts = [part for part in ("train", "val") if f"x_{part}" in members or f"y_{part}" in members]
    problems = [problem for part in parts for problem in _part_problems(members, part)]
    labels = {part: members[f"y_{part}"].reshape(-1) for part in parts if f"y_{part}" in members}
    problems = problems or label_problems(labels)
    shapes = {members[f"x_{part}"].shape[1:] for part in parts if f"x_{part}" in members}
    if not problems and len(shapes) > 1:
        problems.append(f"x_train and x_val hold examples of different shapes: {' and '.join(map(str, shapes))}")
    if problems:
        raise DataError(*(f"{source}: {problem}" for problem in problems))
    x = {part: _plain(members[f"x_{part}"]) for part in parts}
    y = {part: of_part.astype(np.int64) for part, of_part in labels.items()}
    n_classes = int(y["train"].max()) + 1
    return Arrays(x_train=x["train"], y_train=y["train"], x_val=x.get("val"), y_val=y.get("val"), n_classes=n_classes)


def _part_problems(members: Mapping[str, npt.NDArray[Any]], part: str) -> list[str]:
    x, y = members.get(f"x_{part}"), members.get(f"y_{part}")
    if x is None or y is None:
        there, absent = ("x", "y") if y is None else ("y", "x")
        return [f"{there}_{part} is given without {absent}_{part}; give both"]
    problems = []
    if x.ndim < 2 or x.size == 0:
        problems.append(f"x_{part} has shape {x.shape}; expected (N, ...), with at least one number in each example")
    elif x.dtype.kind == "f" and not np.isfinite(x).all():
        problems.append(f"x_{part} holds NaN or infinity; remove such examples, or replace these numbers")
    if y.dtype.kind not in "iu" or y.size != y.shape[0]:
        problems.append(f"y_{part} holds {y.dtype} of shape {y.shape}; labels must be whole numbers from 0, (N,)")
    elif x.ndim and len(x) != len(y):
        problems.append(f"x_{part} has {len(x)} examples, but y_{part} has {len(y)} labels")
    return problems


def _plain(x: npt.NDArray[Any]) -> npt.NDArray[Any]:
    return x.astype(np.int64 if x.dtype.kind in "iu" else np.float32, copy=False)


def _parse_datasets(parts: Any, source: str) -> Arrays:  # noqa: ANN401  (one or two Datasets)
    names = [source] if len(parts) == 1 else [f"{source}, part {part}" for part in ("train", "validation")]
    (x, y), *others = [list_dataset(part, name) for part, name in zip(parts, names, strict=True)]
    x_val, y_val = others[0] if others else (None, None)
    labels = {"train": y} if y_val is None else {"train": y, "val": y_val}
    problems = label_problems(labels)
    if x_val is not None and x_val.example_shape != x.example_shape:
        problems.append(f"examples of the parts have different shapes: {x.example_shape} and {x_val.example_shape}")
    if problems:
        raise DataError(*(f"{source}: {problem}" for problem in problems))
    listed: Any = {"x_train": x, "x_val": x_val}  # listed examples in place of arrays
    return Arrays(**listed, y_train=y, y_val=y_val, n_classes=int(y.max()) + 1)


def _a(value: object) -> str:
    return "nothing" if value is None else f"an object of type {type(value).__name__}"


def _state(data: DataSpec) -> list[object]:
    """Return the digests of the plugin's file as it is now."""
    place = DATASETS[data.dataset.name].plugin
    return [place, digests_of([Path(place)]) if Path(place).is_absolute() else {}]


LOADERS: Mapping[str, Loader] = defaultdict(
    lambda: Loader(load=load_plugged, state=_state, resident="lrsearch.data.plugged_resident", is_cached=False)
)
"""The loader of each data set of a plugin. They are all alike."""
