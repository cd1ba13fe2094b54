"""Converts the `decisions` of `run.json` to JSON values and back: the plan, and the parts that came from Python."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from lrsearch.plans import Decision, Plan, Value

_GIVEN_KEYS = {"model": "own model", "data": "own arrays"}
"""The parts that a user can pass from Python, each with its key in `decisions`."""


def given_decisions(names: Iterable[str]) -> dict[str, Decision[Any]]:
    """Describe what was given from Python as decisions.

    Args:
        names: Names of the parts, as in `Given.names`.
    """
    return {key: Decision(1, "given from Python") for name, key in _GIVEN_KEYS.items() if name in names}


def given_from_json(values: Mapping[str, Any]) -> frozenset[str]:
    """Read the names of the parts that the user passed from Python, as in `Given.names`."""
    return frozenset(name for name, key in _GIVEN_KEYS.items() if key in values)


def decisions_to_json(decisions: Mapping[str, Decision[Any]]) -> dict[str, Any]:
    """Convert decisions to JSON values."""
    return {name: asdict(decision) for name, decision in decisions.items()}


def plan_from_json(values: Mapping[str, Any]) -> Plan:
    """Convert the JSON values of a plan's decisions back to the plan. The caller must have checked their shape."""
    return Plan(
        device=_decision(values["device"], str),
        precision=_decision(values["precision"], str),
        engine=_decision(values["engine"], str),
        executor=_decision(values["executor"], str),
        jobs=_decision(values["jobs"], int),
        stack=_decision(values["stack"], int),
        threads=_decision(values["threads"], int),
        range=_decision(values["range"], str) if values.get("range") else None,
        class_weights=_decision(values["class_weights"], str) if values.get("class_weights") else None,
        loaders=_decision(values["loaders"], int) if values.get("loaders") else None,
        num_cpus=_decision(values["num_cpus"], int) if values.get("num_cpus") else None,
        num_gpus=_decision(values["num_gpus"], float) if values.get("num_gpus") else None,
    )


def _decision(values: Mapping[str, Any], kind: type[Value]) -> Decision[Value]:
    reason = str(values["reason"])
    # Older versions wrote no `is_auto`. Their reasons begin with "auto" if the value was chosen for `auto`.
    is_auto = bool(values.get("is_auto", reason.startswith("auto")))
    return Decision(kind(values["value"]), reason, is_auto)
