"""The manifest of a run, `run.json`. The manifest and the log together are enough to resume or to repeat the run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from lrsearch.catalog import Kinded
from lrsearch.command import Recorded
from lrsearch.errors import DataError
from lrsearch.plans import SHARED, Decision, FinalPlan, Plan
from lrsearch.plugins import RecordedPlugin
from lrsearch.records import Task
from lrsearch.store.clock import utc_now
from lrsearch.store.environment import git_commit, machine, package_versions, version_warnings
from lrsearch.store.plan_json import given_decisions

FORMAT = 2
"""The version of a new `run.json`. A run keeps its first version. This lrsearch can resume runs of versions 1 and 2."""


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
    """The task and the plan of one arm.

    Attributes:
        task: What the arm trains.
        plan: The arm's settings and the reason for each. All arms share device, executor and jobs.
    """

    task: Task
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
        task: What is trained; in a run with arms, the task of the first arm.
        n_trials: Number of planned trainings; None if unknown in advance.
        plan: The settings that were chosen and the reason for each; in a run with arms, the plan of the first arm.
        given: Names of the parts that the user passed from Python, as in `Given.names`.
        program: The program that trains, if it is not a network of the spec.
        plugins: The plugins that define what the spec names.
        final: How the network to keep is trained; None for a search.
        arms: The task and the plan of each arm; empty if there are no arms.
        versions: Versions of Python and of the packages that can change results.
        platform: Operating system, processor and number of cores.
        git_commit: Git commit of the working folder; None if the folder has no commit.
        train_seconds: Wall time of the training so far, over all sessions.
        finished: Whether the search is complete.
        n_recorded: Number of trainings in the log when the search was last complete; None before, and in older runs.
        sessions: The first start and each resume, in order.
        format: Version of the file's format. A resume keeps the version, so that the lrsearch that began the run can
            read the file.
    """

    name: str
    strategy: str
    created: str
    seed: int
    spec: Mapping[str, Any]
    command: tuple[str, ...]
    task: Task
    n_trials: int | None = None
    plan: Plan
    given: frozenset[str] = frozenset()
    program: Recorded | None = None
    plugins: tuple[RecordedPlugin, ...] = ()
    final: FinalPlan | None = None
    arms: Mapping[str, ArmPlan] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    platform: Mapping[str, str | int] = field(default_factory=dict)
    git_commit: str | None = None
    train_seconds: float = 0.0
    finished: bool = False
    n_recorded: int | None = None
    sessions: tuple[Session, ...] = ()
    format: int = FORMAT

    def task_of(self, arm: str) -> Task:
        """Return what an arm trains."""
        return self.arms[arm].task if arm in self.arms else self.task

    @property
    def plugin_entries(self) -> list[Kinded]:
        """The entries of plugins that the run needs to be read."""
        return [entry for plugin in self.plugins for entry in plugin.entries]

    def plan_of(self, arm: str) -> Plan:
        """Return the plan of an arm."""
        return self.arms[arm].plan if arm in self.arms else self.plan

    @property
    def decisions(self) -> dict[str, Decision[Any]]:
        """The plan's decisions by name (with arms, only the shared ones), and the parts that came from Python."""
        chosen = {key: each for key, each in self.plan.decisions.items() if key in SHARED or not self.arms}
        return {**chosen, **given_decisions(self.given)}


def new_manifest(
    *,
    strategy: str,
    spec_values: Mapping[str, Any],
    task: Task,
    plan: Plan,
    command: Sequence[str],
    n_trials: int | None = None,
    given: frozenset[str] = frozenset(),
    program: Recorded | None = None,
    plugins: tuple[RecordedPlugin, ...] = (),
    final: FinalPlan | None = None,
    arms: Mapping[str, ArmPlan] | None = None,
) -> Manifest:
    """Make the manifest of a run that begins now, on this machine and in the working folder.

    Args:
        strategy: The strategy's name.
        spec_values: The resolved spec as plain values, with the run's `seed`.
        task: What is trained.
        plan: The settings that were chosen and the reason for each.
        command: The command that starts the run.
        n_trials: Number of planned trainings; None if unknown.
        given: Names of the parts that the user passed from Python, as in `Given.names`.
        program: The program that trains; None for a network of the spec.
        plugins: The plugins that define what the spec names.
        final: How the network to keep is trained; None for a search.
        arms: The task and the plan of each arm.
    """
    now = utc_now()
    return Manifest(
        name="",
        strategy=strategy,
        created=now,
        seed=int(spec_values["seed"]),
        spec=dict(spec_values),
        command=tuple(command),
        task=task,
        n_trials=n_trials,
        plan=plan,
        given=given,
        program=program,
        plugins=plugins,
        final=final,
        arms=dict(arms or {}),
        versions=package_versions(),
        platform=machine(),
        git_commit=git_commit(Path.cwd()),
        sessions=(Session(started=now),),
    )


def resumed_manifest(
    manifest: Manifest,
    *,
    task: Task,
    arms: Mapping[str, ArmPlan] | None = None,
    n_trials: int | None = None,
    spec_values: Mapping[str, Any] | None = None,
    warnings: tuple[str, ...] = (),
) -> Manifest:
    """Make the manifest of a run that is resumed now: add a session, with warnings about what has changed.

    Args:
        manifest: The manifest before the resume.
        task: What is trained now.
        arms: The task and the plan of each arm now. Arms that the run already has keep their old tasks and plans.
        n_trials: Number of trainings planned now; None if unknown.
        spec_values: The spec of the resumed run; None if the spec has not changed.
        warnings: Warnings about other changes, one line each.

    Raises:
        DataError: The data differ from the data that the run began with, so old and new results could not be compared.
    """
    found = arms or {}
    now = {name: arm.task for name, arm in found.items()}
    then = {name: arm.task for name, arm in manifest.arms.items()}
    for name, was in (then or {"": manifest.task}).items():
        prints = {was.fingerprint, now.get(name, task).fingerprint} - {None}
        if len(prints) > 1:
            raise DataError(
                f"{manifest.name}: the data ({was.name}) are not the data that the run began with; "
                "restore the old data to resume the run, or start a new run"
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
