"""Prepares a spec for this machine before a run is made: chooses device, precision and plan, and opens the data."""

from __future__ import annotations

from collections.abc import Callable, Hashable, MutableMapping
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import nn

from lrsearch.catalog import DATASETS, EXECUTORS, LOSSES, MODELS, RAY, TaskKind, computed
from lrsearch.data import (
    Progress,
    Sizes,
    Split,
    check_test,
    data_root,
    describe,
    named_path,
    open_split,
    parse_arrays,
    with_validation,
)
from lrsearch.data.first_examples import first_examples, is_listed, kind_of
from lrsearch.data.split import split
from lrsearch.errors import DataError
from lrsearch.interfaces import NOTHING_GIVEN, Given, Setup
from lrsearch.networks import normalises_batches
from lrsearch.records import EPOCH_METRICS, STEP_METRICS, NetworkFacts, Task
from lrsearch.seeds import seed_for
from lrsearch.spec import (
    Spec,
    accumulate_problem,
    batch_of_one_problem,
    change_spec,
    dotted,
    model_problem,
    schedule_violations,
    search_metric,
    task_kind,
    warmup_problem,
)
from lrsearch.training.class_weights import class_weights_decision
from lrsearch.training.machine import (
    Traits,
    built_in_traits,
    choose_device,
    choose_plan,
    choose_precision,
    estimate_needs,
)
from lrsearch.training.network_facts import built_in_facts, own_network_facts
from lrsearch.training.own_network import OwnNetworks
from lrsearch.training.plugged_check import check_plugged, plugged_baseline
from lrsearch.training.plugged_groups import plugged_groups
from lrsearch.training.plugged_network import (
    check_outputs,
    is_convolutional,
    network_name,
    obstacle_to_stack,
    own_maker,
)

OWN = next(name for name, entry in DATASETS.items() if entry.from_python)
"""Name of the data set for data that the user passes from Python."""


def reported(task: TaskKind) -> tuple[str, ...]:
    """Return the names of the metrics that a training of a kind of task reports for every epoch."""
    of_epoch = [name for name in EPOCH_METRICS if task == "classification" or not name.endswith("accuracy")]
    return tuple(dict.fromkeys((*of_epoch, *computed(task), *STEP_METRICS)))


def open_data(spec: Spec, given: Given = NOTHING_GIVEN, progress: Progress | None = None) -> tuple[Split, Task]:
    """Open and split the user's own data, or else the data of the spec. Return the data and their description."""
    if given.data is None:
        name, opened = spec.data.dataset.name, open_split(spec.data, progress)
    else:
        members = {key: np.asarray(values) for key, values in given.data.items()}
        name, opened = OWN, split(parse_arrays(members, "data"), spec.data)
    if given.final is not None and given.final.with_validation:
        opened = with_validation(opened)
    return opened, describe(opened, name, DATASETS[name].kind or kind_of(opened))


def prepare(
    spec: Spec,
    n_at_once: int = 1,
    *,
    given: Given = NOTHING_GIVEN,
    progress: Progress | None = None,
    shared: MutableMapping[Any, Any] | None = None,
) -> Setup:
    """Resolve the settings that the spec leaves to the machine, and open the data.

    Args:
        spec: A checked spec.
        n_at_once: Trials that the strategy proposes before it needs results.
        given: The user's own model and data, if any.
        progress: Called as the bytes of a download arrive; see `lrsearch.data.Progress`.
        shared: Shared by the setups of one search, so that the same data and networks are examined only once.

    Raises:
        DeviceError: This machine does not have the device.
        DataError: The files or arrays do not fit the spec, the model cannot take them, or a class that needs a weight
            has no training image.
        DownloadError: A data set is missing and cannot be downloaded.
        UsageError: The user's function does not build a fresh network in each call.
    """
    device = choose_device(spec.run.device)
    spec = _with_whole_paths(spec)
    if given.data is not None:
        spec = change_spec(spec, {"data.dataset": OWN, "data.path": None, "data.test_path": None})
    elif given.final is not None:
        check_test(spec.data)
    known = {} if shared is None else shared
    if data_key(spec) not in known:
        opened, found = open_data(spec, given, progress)
        counts = [] if found.n_classes is None else np.bincount(opened.y_train, minlength=found.n_classes).tolist()
        examples = first_examples(spec.data, opened)
        known[data_key(spec)] = opened.sizes, found, counts, examples, is_listed(opened), opened.y_val
    sizes: Sizes
    task: Task
    sizes, task, counts, examples, is_loaded, labels = known[data_key(spec)]
    _check_against_data(spec, given, sizes, examples, is_loaded=is_loaded)
    convolutional = given.model is not None or MODELS[spec.model.name].convolutional
    precision = choose_precision(spec.train.precision, device.value, convolutional=convolutional)
    plugged = own_maker(spec, given, sizes.shape, sizes.n_outputs)
    traits = _traits(spec, plugged, examples, sizes, is_loaded=is_loaded) if not given.names else None
    needs = None
    if not given.names:
        needs = estimate_needs(spec, sizes, device.value, plugged, examples[:1], is_loaded=is_loaded)
        if device.value.startswith("cuda") and spec.run.executor == RAY:  # several jobs may share the GPU
            needs = replace(needs, total=int(needs.total * spec.run.num_gpus))
    plan = choose_plan(spec, device, precision, n_at_once, needs, traits)
    if spec.train.class_weights is not None:
        plan = replace(plan, class_weights=class_weights_decision(counts))
    if spec.run.trial_timeout is not None and not EXECUTORS[plan.executor.value].has_workers:
        raise DataError(
            "run.trial_timeout: your own model or data train in this process, which cannot be ended; remove the key"
        )
    resolved = {
        "run.device": plan.device.value,
        "run.engine": plan.engine.value,
        "run.executor": plan.executor.value,
        "run.jobs": spec.run.jobs if EXECUTORS[plan.executor.value].is_cluster else plan.jobs.value,
        "train.precision": plan.precision.value,
    }
    spec = change_spec(spec, resolved)
    most_jobs = None
    if needs is not None and device.value == "cpu":
        most_jobs = needs.most_jobs(plan.stack.value)
    metrics = {name: task.baseline(name) for name in reported(task_kind(spec.data.dataset))}
    metrics |= plugged_baseline(search_metric(spec), labels)
    task = replace(task, network=_network(spec, given, sizes, known), metrics=metrics)
    return Setup(spec, task, plan, most_jobs)


def _network(spec: Spec, given: Given, sizes: Sizes, known: MutableMapping[Any, Any]) -> NetworkFacts:
    """Return the fingerprints of the network.

    Take the fingerprints from `known` if an earlier arm has the same network.
    """
    key = (
        (spec.seed, given.model)
        if given.model
        else (spec.seed, spec.model, sizes.shape, sizes.n_outputs, sizes.n_words)
    )
    if key not in known:
        seed = seed_for(spec.seed, "weights", 0)
        make = own_maker(spec, given, sizes.shape, sizes.n_outputs)
        own = make and own_network_facts(make, seed, network_name(spec, given))
        known[key] = own or built_in_facts(spec.model, sizes, seed)
    facts: NetworkFacts = known[key]
    return facts


def _traits(
    spec: Spec, make: Callable[[], Any] | None, examples: torch.Tensor, sizes: Sizes, *, is_loaded: bool
) -> Traits:
    """Return what the plan has to know about the network, the loss and the data. Check the outputs of a plugin."""
    traits = built_in_traits(spec)
    loss, name = LOSSES[spec.train.loss.name], spec.model.name
    if make is not None:
        seeds = seed_for(spec.seed, "weights", 0), seed_for(spec.seed, "weights", 1)
        check_outputs(make, examples, sizes.n_outputs, network_name(spec, NOTHING_GIVEN), seeds[0])
        obstacle = "it has groups of parameters" if MODELS[name].groups else obstacle_to_stack(make, examples, seeds)
        if obstacle is not None:
            obstacle = f"{name} cannot be stacked, because {obstacle}"
        network = OwnNetworks(make).build(seeds[0])
        plugged_groups(spec.model, network)
        traits = Traits(is_convolutional(network), obstacle, is_plugged=True)
    check_plugged(spec, sizes)
    if loss.plugin:
        obstacle = f"the loss '{loss.name}' of a plugin trains one network at a time"
        traits = replace(traits, obstacle=traits.obstacle or obstacle, is_plugged=True)
    if is_loaded:
        obstacle = "a stack needs all examples in memory, and a Dataset loads them one by one"
        traits = replace(traits, obstacle=obstacle, is_loaded=True)
    return traits


def _check_against_data(spec: Spec, given: Given, sizes: Sizes, examples: torch.Tensor, *, is_loaded: bool) -> None:
    """Check the spec against the shape and the number of the images.

    Raises:
        DataError: The network cannot take the images, or the training part is too small for the spec.
    """
    make = own_maker(spec, given, sizes.shape, sizes.n_outputs)
    if make is None and (problem := model_problem(spec.model, sizes.shape)):
        raise DataError(f"model: {problem}")
    if make is None and DATASETS[spec.data.dataset.name].plugin and (problem := _built_in_problem(spec, examples)):
        raise DataError(f"model: {problem}")
    if spec.data.augment != "none" and (is_loaded or len(sizes.shape) != 3):
        raise DataError(
            "data.augment: only images in memory are changed; let the Dataset make the changes, or remove it"
        )
    if make is not None and spec.data.batch_size == 1:
        _check_batch_of_one(make)
    if problem := accumulate_problem(spec, sizes.n_train):
        raise DataError(f"train.accumulate: {problem}")
    if problem := warmup_problem(spec, sizes.n_train):
        raise DataError(f"train.warmup: {problem}")
    if faults := list(schedule_violations(spec, sizes.n_train)):
        raise DataError(*(f"{dotted(path)}: {problem}" for path, problem in faults))


def _built_in_problem(spec: Spec, examples: torch.Tensor) -> str | None:
    """Explain why a built-in network cannot take the examples of a plugin; None if it can."""
    shape, name = tuple(examples.shape[1:]), spec.model.name
    if not examples.is_floating_point():
        return f"'{name}' takes floating-point numbers; the examples of '{spec.data.dataset.name}' are {examples.dtype}"
    if name != "mlp" and len(shape) != 3:
        found = f"the examples of '{spec.data.dataset.name}' have the shape {shape}"
        return f"'{name}' takes images of shape (channels, height, width); {found}; take mlp, or a network of a plugin"
    return None


def _check_batch_of_one(make_network: Callable[[], nn.Module]) -> None:
    """Refuse a batch size of 1 for a network of your own that has a BatchNorm."""
    with torch.random.fork_rng(devices=[]):
        network = make_network()
    if normalises_batches(network):
        raise DataError(f"data.batch_size: {batch_of_one_problem('a BatchNorm of your network')}")


def data_key(spec: Spec) -> Hashable:
    """Return the data section without batch size and augmentation. Specs with the same images have equal keys."""
    return spec.data.model_copy(update={"batch_size": 1, "augment": "none"})


def _with_whole_paths(spec: Spec) -> Spec:
    """Make the data paths of a spec absolute, so that a run can be resumed from any folder."""
    data = spec.data
    places = {"data.path": data.path, "data.test_path": data.test_path}
    if DATASETS[data.dataset.name].download:
        places["data.root"] = str(data_root(data.root))
    if data.split is not None:
        places[f"data.split.{data.split.kind}"] = data.split.path
    whole = {key: str(named_path(place).absolute()) for key, place in places.items() if place is not None}
    return change_spec(spec, whole) if whole else spec
