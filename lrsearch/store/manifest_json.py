"""Writes and reads the manifest as a file, `run.json`."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any

from lrsearch.command import Program, Recorded
from lrsearch.errors import StorageError
from lrsearch.plans import SHARED, FinalPlan
from lrsearch.plugins import plugin_from_json, plugin_to_json
from lrsearch.store import files
from lrsearch.store.manifest import FORMAT, ArmPlan, Manifest, Session
from lrsearch.store.manifest_shapes import manifest_shape
from lrsearch.store.plan_json import decisions_to_json, given_from_json, plan_from_json
from lrsearch.store.shapes import ShapeError, check_shape
from lrsearch.store.task_json import task_from_json, task_to_json

_OPTIONAL = {"program", "final", "n_recorded"}  # keys that are left out where they are None


def manifest_to_json(manifest: Manifest) -> dict[str, Any]:
    """Convert a manifest to JSON values, beginning with the version of the format."""
    found = asdict(replace(manifest, arms={}, plugins=()))
    plain = {key: value for key, value in found.items() if value is not None or key not in _OPTIONAL}
    values: dict[str, Any] = {"format": manifest.format}
    for key, value in plain.items():
        if key == "plan":
            values["decisions"] = decisions_to_json(manifest.decisions)
        elif key == "task":
            values |= task_to_json(manifest.task, manifest.format)
        elif key == "arms" and manifest.arms:
            values["arms"] = {name: _arm_to_json(arm, manifest.format) for name, arm in manifest.arms.items()}
        elif key == "program":
            value["program"].pop("objective")  # a function; Python gives it again
            values["program"] = {key: of for key, of in value.items() if key != "program"} | value["program"]
        elif key not in {"given", "arms", "format", "plugins"}:
            values[key] = value
    if manifest.plugins:
        values["plugins"] = list(map(plugin_to_json, manifest.plugins))
    if manifest.format == 1 and manifest.task.network:
        values["network"] = asdict(manifest.task.network)
    return values


def _arm_to_json(arm: ArmPlan, version: int) -> dict[str, Any]:
    own = {key: decision for key, decision in arm.plan.decisions.items() if key not in SHARED}
    return {**task_to_json(arm.task, version), "decisions": decisions_to_json(own)}


def manifest_from_json(values: Mapping[str, Any]) -> Manifest:
    """Convert the JSON values from `manifest_to_json` back to a manifest. Unknown keys are ignored.

    Raises:
        ShapeError: The values do not have the form that `manifest_to_json` writes; the error names the field.
    """
    check_shape(manifest_shape(values["format"], has_arms="arms" in values), values)
    decisions, network = values["decisions"], values.get("network")
    arms = {
        name: ArmPlan(task=task_from_json(arm, network), plan=plan_from_json({**decisions, **arm["decisions"]}))
        for name, arm in values.get("arms", {}).items()
    }
    return Manifest(
        name=values["name"],
        strategy=values["strategy"],
        created=values["created"],
        seed=values["seed"],
        spec=values["spec"],
        command=tuple(values["command"]),
        task=task_from_json(values, network),
        n_trials=values["n_trials"],
        plan=next((arm.plan for arm in arms.values()), None) or plan_from_json(decisions),
        given=given_from_json(decisions),
        program=_program(values.get("program")),
        plugins=tuple(map(plugin_from_json, values.get("plugins", ()))),
        final=_final(values.get("final")),
        arms=arms,
        versions=dict(values["versions"]),
        platform=dict(values["platform"]),
        git_commit=values["git_commit"],
        train_seconds=float(values["train_seconds"]),
        finished=values["finished"],
        n_recorded=values.get("n_recorded"),
        sessions=tuple(
            Session(started=session["started"], warnings=tuple(session["warnings"])) for session in values["sessions"]
        ),
        format=values["format"],
    )


def _program(values: Mapping[str, Any] | None) -> Recorded | None:
    if values is None:
        return None
    known = {each.name: values[each.name] for each in fields(Program) if each.name in values}
    return Recorded(
        program=Program(**{**known, "command": tuple(values["command"])}),
        digest=values["digest"],
        is_objective=values.get("is_objective", False),
        files=dict(values["files"]),
    )


def _final(values: Mapping[str, Any] | None) -> FinalPlan | None:
    known = {each.name for each in fields(FinalPlan)}
    return None if values is None else FinalPlan(**{key: of for key, of in values.items() if key in known})


def manifest_bytes(manifest: Manifest) -> bytes:
    """Return the content of `run.json` as bytes."""
    text = json.dumps(manifest_to_json(manifest), indent=2, allow_nan=False)
    return (text + "\n").encode()


def write_manifest(path: Path, manifest: Manifest) -> None:
    """Write `run.json`. The old file stays until the new one is complete.

    Raises:
        StorageError: The file cannot be written.
    """
    files.replace_file(path, manifest_bytes(manifest))


def read_manifest(path: Path) -> Manifest:
    """Read `run.json`.

    Raises:
        StorageError: The file cannot be read, is damaged, or was written by a newer lrsearch.
    """
    advice = "restore the file from a copy. The results in trials.jsonl are not affected"
    if not os.path.lexists(path):
        raise StorageError(f"{path}: is missing, so the run can be neither read nor resumed; {advice}")
    content = files.read_file(path)
    try:
        values = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise StorageError(
            f"{path}: is not complete JSON ({len(content):,} bytes; cut off, or changed by hand?); {advice}"
        ) from error
    version = values.get("format") if isinstance(values, dict) else None
    if type(version) is int and version > FORMAT:
        raise StorageError(
            f"{path}: was written by a newer lrsearch in format {version}, but this lrsearch reads up to "
            f"{FORMAT}; upgrade lrsearch"
        )
    try:
        if type(version) is not int or version < 1:
            raise ShapeError(f"the key `format` must be a whole number from 1 to {FORMAT}")
        return manifest_from_json(values)
    except ShapeError as error:
        raise StorageError(f"{path}: {error} (changed by hand?); {advice}") from None
