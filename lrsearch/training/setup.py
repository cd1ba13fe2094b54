"""Making a spec ready for this machine: device, precision, threads and data, checked before anything is written."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, MutableMapping
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from torch import nn

from lrsearch.catalog import DATASETS, MODELS
from lrsearch.data import Progress, Split, data_root, facts, open_split, parse_arrays
from lrsearch.data.split import split
from lrsearch.errors import DataError
from lrsearch.interfaces import Setup
from lrsearch.records import DataFacts
from lrsearch.spec import Spec, change_spec, dotted, model_problem, schedule_violations, warmup_problem
from lrsearch.training.machine import Needs, choose_device, choose_plan, choose_precision, estimate_needs

OWN = "own"
"""The data set that stands for arrays given from Python."""

ModelMaker: TypeAlias = Callable[[], nn.Module]
"""Builds a fresh network of one's own; called under the seed of the weights."""


def open_data(
    spec: Spec, arrays: Mapping[str, Any] | None = None, progress: Progress | None = None
) -> tuple[Split, DataFacts]:
    """The split that a spec means, or that of arrays of one's own, and what is known of it."""
    if arrays is None:
        opened = open_split(spec.data, progress)
        return opened, facts(opened, spec.data.dataset.name)
    members = {key: np.asarray(values) for key, values in arrays.items()}
    opened = split(parse_arrays(members, "data"), spec.data)
    return opened, facts(opened, OWN)


def prepare(
    spec: Spec,
    n_at_once: int = 1,
    *,
    model: ModelMaker | None = None,
    arrays: Mapping[str, Any] | None = None,
    progress: Progress | None = None,
    shared: MutableMapping[Any, Any] | None = None,
) -> Setup:
    """Resolve what the spec leaves to the machine, and open the data.

    Args:
        spec: A checked spec.
        n_at_once: Trials that the strategy proposes before it needs results.
        model: A network of one's own in place of `spec.model`.
        arrays: Data of one's own in place of `spec.data`.
        progress: Told of the bytes of a download.
        shared: What setups of one search have in common: data that were looked at once are not opened again.

    Raises:
        DeviceError: The device is not there.
        DataError: Files or arrays are not what the spec says, or the model cannot take them.
        DownloadError: A data set is missing and cannot be fetched.
    """
    device = choose_device(spec.run.device)
    spec = _with_whole_paths(spec)
    if arrays is not None:
        spec = change_spec(spec, {"data.dataset": OWN, "data.path": None})
    elif spec.data.dataset.name == OWN:
        raise DataError("data.dataset: 'own' stands for arrays that are given from Python: run_search(spec, data=...)")
    known = {} if shared is None else shared
    if data_key(spec) not in known:
        _, known[data_key(spec)] = open_data(spec, arrays, progress)
    data_facts: DataFacts = known[data_key(spec)]
    if model is None and (problem := model_problem(spec.model, data_facts.shape)):
        raise DataError(f"model: {problem}")
    if problem := warmup_problem(spec, data_facts.n_train):
        raise DataError(f"train.warmup: {problem}")
    if faults := list(schedule_violations(spec, data_facts.n_train)):
        raise DataError("\n".join(f"{dotted(path)}: {problem}" for path, problem in faults))
    convolutional = model is not None or MODELS[spec.model.name].convolutional
    needs = _needs(spec, data_facts, str(device.value), model, arrays)
    decisions = {
        "device": device,
        "precision": choose_precision(spec.train.precision, str(device.value), convolutional=convolutional),
        **choose_plan(spec, str(device.value), n_at_once, needs),
    }
    if spec.run.trial_timeout is not None and decisions["executor"].value == "inline":
        raise DataError("run.trial_timeout: a model or data of one's own train in this process, which cannot be ended")
    resolved = {f"run.{key}": decisions[key].value for key in ("device", "engine", "executor", "jobs")}
    spec = change_spec(spec, {**resolved, "train.precision": decisions["precision"].value})
    most_jobs = None
    if needs is not None and device.value == "cpu":
        most_jobs = needs.most_jobs(int(decisions["stack"].value))
    return Setup(spec, data_facts, decisions, most_jobs)


def data_key(spec: Spec) -> Hashable:
    """What tells whether two specs mean the same images: their data sections, but for how they are fed."""
    return spec.data.model_copy(update={"batch_size": 1, "augment": "none"})


def _needs(
    spec: Spec, data_facts: DataFacts, device: str, model: ModelMaker | None, arrays: Mapping[str, Any] | None
) -> Needs | None:
    """What a search needs of its device; None where the model or the data were given from Python."""
    return None if model or arrays is not None else estimate_needs(spec, data_facts, device)


def _with_whole_paths(spec: Spec) -> Spec:
    """The spec with places of data that hold from any folder, so that a run can be resumed from any."""
    data = spec.data
    places = {"data.path": data.path}
    if DATASETS[data.dataset.name].download:
        places["data.root"] = str(data_root(data.root))
    whole = {key: str(Path(place).expanduser().absolute()) for key, place in places.items() if place is not None}
    return change_spec(spec, whole) if whole else spec
