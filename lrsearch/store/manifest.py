"""The manifest of a run, `run.json`: what a resume needs besides the log, and what makes results reproducible."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from lrsearch.errors import DataError, StorageError
from lrsearch.records import DataFacts, Decision
from lrsearch.store import files
from lrsearch.store.clock import utc_now
from lrsearch.store.environment import git_commit, machine, package_versions, version_warnings

FORMAT = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One session of a run: its start, or a resume.

    Attributes:
        started: ISO 8601 in UTC.
        warnings: Warnings at its start, such as changed versions.
    """

    started: str
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmPlan:
    """What is specific to one arm.

    Attributes:
        facts: The data of the arm.
        decisions: What was resolved for it and why: precision, engine, stack, threads, range.
    """

    facts: DataFacts
    decisions: Mapping[str, Decision]


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """The content of `run.json`.

    Attributes:
        name: The run's name, which is the name of its folder; "" until the folder is made.
        strategy: grid, random, bayes.
        created: ISO 8601 in UTC to the microsecond.
        seed: The spec's seed.
        spec: The resolved spec as plain values; `spec.yaml` beside it is for people.
        command: The command that started the run, such as ["lrsearch", "grid"].
        facts: Facts about the data; in a run with arms, about those of the first arm.
        n_trials: Number of planned trainings; None if it is not known in advance.
        decisions: What was resolved and why: device, engine, executor, precision, jobs, threads, range, batch; of a run
            with arms what they share.
        arms: What is specific to each arm; empty if there are no arms.
        versions: Versions of Python and of the packages that can change a result.
        platform: os, processor, cores.
        git_commit: Commit of the working folder; None if there is none.
        train_seconds: Wall time of the training so far, over all sessions.
        finished: Whether the search is complete.
        sessions: The start and each resume, in order.
    """

    name: str
    strategy: str
    created: str
    seed: int
    spec: Mapping[str, Any]
    command: tuple[str, ...]
    facts: DataFacts
    n_trials: int | None = None
    decisions: Mapping[str, Decision] = field(default_factory=dict)
    arms: Mapping[str, ArmPlan] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    platform: Mapping[str, str | int] = field(default_factory=dict)
    git_commit: str | None = None
    train_seconds: float = 0.0
    finished: bool = False
    sessions: tuple[Session, ...] = ()

    def facts_of(self, arm: str) -> DataFacts:
        """Facts about the data of an arm."""
        return self.arms[arm].facts if arm in self.arms else self.facts

    def decisions_of(self, arm: str) -> Mapping[str, Decision]:
        """What was resolved for an arm, including what all arms share."""
        return {**self.decisions, **self.arms[arm].decisions} if arm in self.arms else self.decisions


def new_manifest(
    *,
    strategy: str,
    spec_values: Mapping[str, Any],
    facts: DataFacts,
    decisions: Mapping[str, Decision],
    command: Sequence[str],
    n_trials: int | None = None,
    arms: Mapping[str, ArmPlan] | None = None,
) -> Manifest:
    """The manifest of a run that begins now, on this machine and in the working folder.

    Args:
        strategy: The strategy's name.
        spec_values: The resolved spec as plain values; its `seed` is the run's.
        facts: Facts about the data.
        decisions: What was resolved and why.
        command: The command that starts the run.
        n_trials: Number of planned trainings; None if it is not known.
        arms: What is specific to each arm.
    """
    now = utc_now()
    return Manifest(
        name="",
        strategy=strategy,
        created=now,
        seed=int(spec_values["seed"]),
        spec=dict(spec_values),
        command=tuple(command),
        facts=facts,
        n_trials=n_trials,
        decisions=dict(decisions),
        arms=dict(arms or {}),
        versions=package_versions(),
        platform=machine(),
        git_commit=git_commit(Path.cwd()),
        sessions=(Session(started=now),),
    )


def resumed_manifest(
    manifest: Manifest,
    *,
    facts: DataFacts,
    arms: Mapping[str, ArmPlan] | None = None,
    n_trials: int | None = None,
    spec_values: Mapping[str, Any] | None = None,
    warnings: tuple[str, ...] = (),
) -> Manifest:
    """The manifest of a run that is resumed now: it has one more session, which warns of what has changed.

    Args:
        manifest: The manifest before the resume.
        facts: Facts about the data now.
        arms: What is specific to each arm now. Arms that the run already has keep what was resolved for them.
        n_trials: Number of trainings planned now; None if it is not known.
        spec_values: The spec of the resumed run; None if it is the same.
        warnings: Other changes, one line each.

    Raises:
        DataError: The data are not those that the run began with, so that results could not be compared.
    """
    now = {name: plan.facts for name, plan in (arms or {}).items()}
    then = {name: plan.facts for name, plan in manifest.arms.items()}
    if any(now.get(name, facts).fingerprint != was.fingerprint for name, was in (then or {"": manifest.facts}).items()):
        raise DataError(
            f"{manifest.name}: the data ({facts.dataset}) are not those that the run began with; "
            "restore those data to resume it, or start a new run"
        )
    warnings += version_warnings(manifest.versions, package_versions())
    session = Session(started=utc_now(), warnings=warnings)
    return replace(
        manifest,
        arms={**(arms or {}), **manifest.arms},
        n_trials=n_trials,
        finished=False,
        sessions=(*manifest.sessions, session),
        spec=manifest.spec if spec_values is None else dict(spec_values),
    )


def manifest_to_json(manifest: Manifest) -> dict[str, Any]:
    """A manifest as JSON values, its format's version first."""
    values = {"format": FORMAT, **asdict(manifest)}
    return values if manifest.arms else {key: value for key, value in values.items() if key != "arms"}


def manifest_from_json(values: Mapping[str, Any]) -> Manifest:
    """The manifest that `manifest_to_json` wrote; unknown keys are ignored.

    Raises:
        KeyError, TypeError, ValueError: The values are not in the form that it writes.
    """
    return Manifest(
        name=values["name"],
        strategy=values["strategy"],
        created=values["created"],
        seed=int(values["seed"]),
        spec=values["spec"],
        command=tuple(values["command"]),
        facts=_facts(values["facts"]),
        n_trials=values["n_trials"],
        decisions=_decisions(values["decisions"]),
        arms={
            name: ArmPlan(facts=_facts(plan["facts"]), decisions=_decisions(plan["decisions"]))
            for name, plan in values.get("arms", {}).items()
        },
        versions=dict(values["versions"]),
        platform=dict(values["platform"]),
        git_commit=values["git_commit"],
        train_seconds=float(values["train_seconds"]),
        finished=bool(values["finished"]),
        sessions=tuple(
            Session(started=session["started"], warnings=tuple(session["warnings"])) for session in values["sessions"]
        ),
    )


def _facts(values: Mapping[str, Any]) -> DataFacts:
    return DataFacts(**{**values, "shape": tuple(values["shape"])})


def _decisions(values: Mapping[str, Any]) -> dict[str, Decision]:
    return {name: Decision(**decision) for name, decision in values.items()}


def manifest_bytes(manifest: Manifest) -> bytes:
    """The content of `run.json`, as bytes."""
    text = json.dumps(manifest_to_json(manifest), indent=2, allow_nan=False)
    return (text + "\n").encode()


def write_manifest(path: Path, manifest: Manifest) -> None:
    """Write `run.json`; the old file stays until the new one is complete.

    Raises:
        StorageError: It cannot be written.
    """
    files.replace_file(path, manifest_bytes(manifest))


def read_manifest(path: Path) -> Manifest:
    """Read `run.json`.

    Raises:
        StorageError: It cannot be read, it is damaged, or a newer lrsearch wrote it.
    """
    content = files.read_file(path)
    try:
        values = json.loads(content)
        version = int(values["format"])
        if version > FORMAT:
            raise StorageError(
                f"{path}: written by a newer lrsearch (format {version}, not {FORMAT}); upgrade lrsearch"
            )
        return manifest_from_json(values)
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise StorageError(
            f"{path}: not a complete manifest ({len(content):,} bytes; cut off, or changed by hand?); restore it "
            "from a copy. The results in trials.jsonl beside it are not affected"
        ) from error
