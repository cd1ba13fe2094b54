"""Making a spec ready for this machine: device, precision, threads and data, checked before anything is written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from torch import nn

from lrsearch.data import Progress, Split, facts, open_split, parse_arrays
from lrsearch.data.split import split
from lrsearch.errors import DataError
from lrsearch.records import DataFacts, Decision
from lrsearch.seams import Setup
from lrsearch.spec import Spec, change_spec, model_problem
from lrsearch.training.device import choose_device, choose_precision, choose_threads

ModelMaker: TypeAlias = Callable[[], nn.Module]
"""Builds a fresh network of one's own; called under the seed of the weights."""

_CONVOLUTIONAL = frozenset({"cnn", "convnet", "resnet18"})


def is_convolutional(spec: Spec, model: ModelMaker | None) -> bool:
    """Whether the network is taken to be convolutional, as one's own always is."""
    return model is not None or spec.model.name in _CONVOLUTIONAL


def open_data(
    spec: Spec, arrays: Mapping[str, Any] | None = None, progress: Progress | None = None
) -> tuple[Split, DataFacts]:
    """The split that a spec means, or that of arrays of one's own, and what is known of it."""
    if arrays is None:
        opened = open_split(spec.data, progress)
        return opened, facts(opened, spec.data.dataset.name)
    opened = split(parse_arrays(arrays, "data"), spec.data)
    return opened, facts(opened, "arrays")


def prepare(
    spec: Spec,
    *,
    model: ModelMaker | None = None,
    arrays: Mapping[str, Any] | None = None,
    progress: Progress | None = None,
) -> Setup:
    """Resolve what the spec leaves to the machine, and open the data.

    Args:
        spec: A checked spec.
        model: A network of one's own in place of `spec.model`.
        arrays: Data of one's own in place of `spec.data`.
        progress: Told of the bytes of a download.

    Raises:
        DeviceError: The device is not there.
        DataError: Files or arrays are not what the spec says, or the model cannot take them.
        DownloadError: A data set is missing and cannot be fetched.
    """
    device = choose_device(spec.run.device)
    _, data_facts = open_data(spec, arrays, progress)
    if model is None and (problem := model_problem(spec.model, data_facts.shape)):
        raise DataError(f"model: {problem}")
    precision = choose_precision(spec.train.precision, str(device.value), convolutional=is_convolutional(spec, model))
    decisions = {
        "device": device,
        "precision": precision,
        "engine": Decision("single", "one trial at a time"),
        "executor": Decision("inline", "in this process"),
        "jobs": Decision(1, "the inline executor runs one trial at a time"),
        "threads": choose_threads(str(device.value)),
    }
    resolved = {f"run.{key}": decisions[key].value for key in ("device", "engine", "executor", "jobs")}
    spec = change_spec(spec, {**resolved, "train.precision": precision.value})
    return Setup(spec, data_facts, decisions)
