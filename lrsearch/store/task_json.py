"""Converts the task in `run.json` to JSON values and back. Format 1 holds facts about the data in place of a task."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any

from lrsearch.records import EPOCH_METRICS, Baseline, NetworkFacts, Task

_FORMAT_1_BASELINES = {"majority": "val_accuracy", "label_entropy": "train_loss", "val_entropy": "val_loss"}
"""The keys of format 1 with scores of the best constant prediction, and the metric of each score."""


def task_to_json(task: Task, version: int) -> dict[str, Any]:
    """Convert a task to the JSON members that describe it in `run.json`, or in an arm there.

    Args:
        task: The task. In format 1, the examples of the task must be images, and no value may be unknown.
        version: The version of the file's format.
    """
    if version == 1:
        return {"facts": _facts(task)}
    metrics = {
        name: {key: value for key, value in asdict(baseline).items() if value is not None}
        for name, baseline in task.metrics.items()
    }
    plain = asdict(task)
    if task.val_classes is None:
        plain.pop("val_classes")
    return {"task": {**plain, "metrics": metrics}}


def task_from_json(holder: Mapping[str, Any], network: Mapping[str, Any] | None) -> Task:
    """Read the task that `run.json`, or one of its arms, holds. The caller must have checked its shape.

    Args:
        holder: The values of the file, or of an arm in the file.
        network: The fingerprints of the user's own network, in a file of format 1.
    """
    if "task" not in holder:
        return _from_facts(holder["facts"], network)
    values = {each.name: holder["task"].get(each.name) for each in fields(Task)}
    values |= {
        "shape": None if values["shape"] is None else tuple(values["shape"]),
        "network": _network(values["network"]),
        "metrics": {
            name: Baseline(constant=scores.get("constant"), untrained=scores.get("untrained"))
            for name, scores in values["metrics"].items()
        },
        "remarks": tuple(values["remarks"] or ()),
    }
    return Task(**values)


def _facts(task: Task) -> dict[str, Any]:
    constants = {key: task.baseline(metric).constant for key, metric in _FORMAT_1_BASELINES.items()}
    return {
        "dataset": task.name,
        "shape": task.shape,
        "n_classes": task.n_classes,
        "n_train": task.n_train,
        "n_val": task.n_val,
        "majority": constants["majority"],
        "label_entropy": constants["label_entropy"],
        "fingerprint": task.fingerprint,
        "remarks": task.remarks,
        "val_entropy": constants["val_entropy"],
    }


def _from_facts(facts: Mapping[str, Any], network: Mapping[str, Any] | None) -> Task:
    known = {metric: Baseline(constant=facts.get(key)) for key, metric in _FORMAT_1_BASELINES.items()}
    return Task(
        name=facts["dataset"],
        kind="images",
        shape=tuple(facts["shape"]),
        n_classes=facts["n_classes"],
        n_train=facts["n_train"],
        n_val=facts["n_val"],
        fingerprint=facts["fingerprint"],
        network=_network(network),
        metrics={metric: known.get(metric, Baseline()) for metric in EPOCH_METRICS},
        remarks=tuple(facts.get("remarks", ())),
    )


def _network(values: Mapping[str, Any] | None) -> NetworkFacts | None:
    return NetworkFacts(shapes=values["shapes"], start=values.get("start")) if values else None
