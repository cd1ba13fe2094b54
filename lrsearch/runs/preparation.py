"""A search made ready for this machine: each arm as if it were alone, and what all of them share."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lrsearch.executors import preload_workers
from lrsearch.interfaces import Setup, Trainer
from lrsearch.records import DataFacts, Decision
from lrsearch.runs.budget import n_at_once
from lrsearch.spec import Spec, arm_specs, change_arms, change_spec
from lrsearch.store import ArmPlan
from lrsearch.strategies import space_of
from lrsearch.training import load_trainer, trainer_name

_SHARED = ("device", "executor", "jobs")
"""Decisions that all arms have in common."""


@dataclass(frozen=True)
class Prepared:
    """A search that can begin.

    Attributes:
        spec: The spec with every `auto` resolved, in its arms too.
        facts: What is known of the data; of a search with arms as the first one sees them.
        decisions: What was chosen and why; of a search with arms what they share.
        arms: What each arm has of its own; empty where there are none.
        make_trainer: The trainer module's.
    """

    spec: Spec
    facts: DataFacts
    decisions: Mapping[str, Decision]
    arms: Mapping[str, ArmPlan]
    make_trainer: Callable[..., Trainer]


def prepare_search(spec: Spec, strategy: str, own: Mapping[str, Any], progress: Any = None) -> Prepared:  # noqa: ANN401  (a callback of the data room)
    """Resolve what a spec leaves to the machine, and open the data.

    Engine, stack, threads and precision of an arm are those that it would have alone, so that no number of it depends
    on the arms beside it. Executor and jobs, which change no number, are chosen for all.

    Args:
        spec: A checked spec.
        strategy: grid, random or bayes.
        own: The model and the arrays that were given from Python, if any.
        progress: Told of the bytes of a download.

    Raises:
        LrSearchError: As the trainer's `prepare`.
    """
    specs = arm_specs(spec)
    preload_workers(specs.values(), own, trainer_name())
    trainer = load_trainer()
    shared: dict[Any, Any] = {}
    setups = {
        name: trainer.prepare(arm, n_at_once(strategy, arm), progress=progress, shared=shared, **own)
        for name, arm in specs.items()
    }
    first = next(iter(setups.values()))
    if not spec.arms:
        decisions = {**first.decisions, "range": _range(first.spec)}
        return Prepared(first.spec, first.facts, decisions, {}, trainer.make_trainer)
    decisions = {"device": first.decisions["device"], **_executor(spec, list(setups.values()))}
    resolved = {f"run.{key}": decisions[key].value for key in _SHARED}
    data = first.spec.data
    resolved |= {"data.dataset": data.dataset.name} if data.dataset.name != spec.data.dataset.name else {}
    resolved |= {"data.root": data.root, "data.path": data.path}
    of_arms = {
        name: {"run.engine": setup.spec.run.engine, "train.precision": setup.spec.train.precision}
        for name, setup in setups.items()
    }
    return Prepared(
        spec=change_arms(change_spec(spec, resolved), of_arms),
        facts=first.facts,
        decisions=decisions,
        arms={name: _plan(setup) for name, setup in setups.items()},
        make_trainer=trainer.make_trainer,
    )


def _plan(setup: Setup) -> ArmPlan:
    decisions = {key: decision for key, decision in setup.decisions.items() if key not in _SHARED}
    return ArmPlan(facts=setup.facts, decisions={**decisions, "range": _range(setup.spec)})


def _range(spec: Spec) -> Decision:
    space = space_of(spec)
    return Decision(f"{space.low!r} .. {space.high!r} {space.scale}", space.reason)


def _executor(spec: Spec, setups: Sequence[Setup]) -> dict[str, Decision]:
    """Executor and jobs of all arms: workers where one arm wants them, and as many as the one that wants the most."""
    workers = [setup.decisions for setup in setups if setup.decisions["executor"].value == "processes"]
    if not workers:
        return {key: setups[0].decisions[key] for key in ("executor", "jobs")}
    most = max(workers, key=lambda decisions: int(decisions["jobs"].value))
    jobs, bound = most["jobs"], min((setup.most_jobs for setup in setups if setup.most_jobs), default=None)
    if spec.run.jobs == "auto" and bound is not None and bound < int(jobs.value):
        jobs = Decision(bound, "auto: as many as the memory holds of every arm")
    return {"executor": most["executor"], "jobs": jobs}
