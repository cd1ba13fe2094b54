"""The manifest of a run, `run.json`. It contains what you need, besides the log, to resume the run or to repeat it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from lrsearch.errors import DataError
from lrsearch.plans import SHARED, Decision, Plan
from lrsearch.records import DataFacts, NetworkFacts
from lrsearch.store.clock import utc_now
from lrsearch.store.environment import git_commit, machine, package_versions, version_warnings
from lrsearch.store.plan_json import given_decisions


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One session of a run: its first start or a resume.

    Attributes:
        started: Time of the start, ISO 8601 in UTC.
        warnings: Warnings at the start, such as changed versions.
    """

    started: str
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmPlan:
    """The facts and the plan of one arm.

    Attributes:
        facts: Facts about the arm's data.
        plan: The arm's settings and the reason for each. All arms share device, executor and jobs.
    """

    facts: DataFacts
    plan: Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """The content of `run.json`.

    Attributes:
        name: The run's name, which is the name of its folder; "" until the folder is made.
        strategy: grid, random, bayes.
        created: Time when the run was made, ISO 8601 in UTC to the microsecond.
        seed: The spec's seed.
        spec: The resolved spec (see `RunFolder.spec`) as plain values; `spec.yaml` contains the same for people.
        command: The command that started the run, such as ["lrsearch", "grid"].
        facts: Facts about the data. In a run with arms, these are facts about the first arm's data.
        n_trials: Number of planned trainings; None if it is not known in advance.
        plan: The settings that were chosen and the reason for each; in a run with arms, the plan of the first arm.
        given: Names of the things given from Python, as in `Given.names`.
        network: Fingerprints of a network given from Python; None if there is none or an older version made the run.
        arms: The facts and the plan of each arm; empty if there are no arms.
        versions: Versions of Python and of the packages that can change results.
        platform: Operating system, processor and number of cores.
        git_commit: Commit of the working folder; None if there is none.
        train_seconds: Wall time of the training so far, over all sessions.
        finished: Whether the search is complete.
        sessions: The first start and each resume, in order.
    """

    name: str
    strategy: str
    created: str
    seed: int
    spec: Mapping[str, Any]
    command: tuple[str, ...]
    facts: DataFacts
    n_trials: int | None = None
    plan: Plan
    given: frozenset[str] = frozenset()
    network: NetworkFacts | None = None
    arms: Mapping[str, ArmPlan] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    platform: Mapping[str, str | int] = field(default_factory=dict)
    git_commit: str | None = None
    train_seconds: float = 0.0
    finished: bool = False
    sessions: tuple[Session, ...] = ()

    def facts_of(self, arm: str) -> DataFacts:
        """Return the facts about an arm's data."""
        return self.arms[arm].facts if arm in self.arms else self.facts

    def plan_of(self, arm: str) -> Plan:
        """Return the plan of an arm."""
        return self.arms[arm].plan if arm in self.arms else self.plan

    @property
    def decisions(self) -> dict[str, Decision[Any]]:
        """The plan's decisions by name (with arms, only the shared ones), and what was given from Python."""
        chosen = {key: each for key, each in self.plan.decisions.items() if key in SHARED or not self.arms}
        return {**chosen, **given_decisions(self.given)}


def new_manifest(
    *,
    strategy: str,
    spec_values: Mapping[str, Any],
    facts: DataFacts,
    plan: Plan,
    command: Sequence[str],
    n_trials: int | None = None,
    given: frozenset[str] = frozenset(),
    network: NetworkFacts | None = None,
    arms: Mapping[str, ArmPlan] | None = None,
) -> Manifest:
    """Make the manifest of a run that begins now, on this machine and in the working folder.

    Args:
        strategy: The strategy's name.
        spec_values: The resolved spec as plain values, with the run's `seed`.
        facts: Facts about the data.
        plan: The settings that were chosen and the reason for each.
        command: The command that starts the run.
        n_trials: Number of planned trainings; None if it is not known.
        given: Names of the things given from Python, as in `Given.names`.
        network: Fingerprints of a network given from Python.
        arms: The facts and the plan of each arm.
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
        plan=plan,
        given=given,
        network=network,
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
    """Make the manifest of a run that is resumed now: add a session, with warnings about what has changed.

    Args:
        manifest: The manifest before the resume.
        facts: Facts about the data now.
        arms: The facts and the plan of each arm now. Arms that the run already has keep their old facts and plans.
        n_trials: Number of trainings planned now; None if it is not known.
        spec_values: The spec of the resumed run; None if it is the same.
        warnings: Warnings about other changes, one line each.

    Raises:
        DataError: The data differ from those that the run began with, so its results could not be compared.
    """
    found = arms or {}
    now = {name: arm.facts for name, arm in found.items()}
    then = {name: arm.facts for name, arm in manifest.arms.items()}
    if any(now.get(name, facts).fingerprint != was.fingerprint for name, was in (then or {"": manifest.facts}).items()):
        raise DataError(
            f"{manifest.name}: the data ({facts.dataset}) are not those that the run began with; "
            "restore those data to resume it, or start a new run"
        )
    warnings += version_warnings(manifest.versions, package_versions())
    session = Session(started=utc_now(), warnings=warnings)
    return replace(
        manifest,
        arms={**{name: _sharing(arm, manifest.plan) for name, arm in found.items()}, **manifest.arms},
        n_trials=n_trials,
        finished=False,
        sessions=(*manifest.sessions, session),
        spec=manifest.spec if spec_values is None else dict(spec_values),
    )


def _sharing(arm: ArmPlan, plan: Plan) -> ArmPlan:
    return replace(arm, plan=arm.plan.sharing_with(plan))
