"""Prepares a search for this machine: plans each arm as a search of its own, and chooses what all arms share."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from lrsearch.catalog import EXECUTORS
from lrsearch.errors import UsageError
from lrsearch.executors import preload_workers, prepare_arms
from lrsearch.interfaces import Given, Setup, Trainer
from lrsearch.plans import Decision, Plan, auto
from lrsearch.range_test import Tested, with_tested_range
from lrsearch.records import Task
from lrsearch.runs.counts import n_at_once
from lrsearch.spec import Spec, arm_specs, change_arms, change_spec
from lrsearch.store import ArmPlan
from lrsearch.strategies import space_of
from lrsearch.training import load_trainer, trainer_name
from lrsearch.wording import one_line


@dataclass(frozen=True)
class Prepared:
    """A search that can begin.

    Attributes:
        spec: The spec with every `auto` resolved, in its arms too.
        task: What is trained. In a search with arms, this is the task of the first arm.
        plan: What was chosen and why. In a search with arms, this is the plan of the first arm.
        arms: Task and plan of each arm; empty in a search without arms.
        make_trainer: The function `make_trainer` of the trainer module.
    """

    spec: Spec
    task: Task
    plan: Plan
    arms: Mapping[str, ArmPlan]
    make_trainer: Callable[..., Trainer]


def prepare_search(
    spec: Spec,
    strategy: str,
    given: Given,
    progress: Any = None,  # noqa: ANN401  (a callback of the data room)
    note: Callable[[str], None] = lambda _: None,
) -> Prepared:
    """Resolve the settings that a spec leaves to the machine, and open the data.

    Each arm has the engine, stack, threads and precision that a search of this arm alone would have. So the results of
    an arm do not depend on the other arms. Executor and jobs do not change any result, so they are chosen once for all
    arms.

    Args:
        spec: A checked spec.
        strategy: Name of the strategy.
        given: The user's own model and data, if any.
        progress: Called as the bytes of a download arrive; see `lrsearch.data.Progress`.
        note: Called with a line about what is sent to the nodes of a cluster.

    Raises:
        UsageError: The training does not report the metric of the search, or the spec asks for class weights, but the
            task has no classes.
        LrSearchError: See the trainer's `prepare`.
    """
    specs = arm_specs(spec)
    preload_workers(specs.values(), given, trainer_name(given))
    trainer = load_trainer(given)
    at_once = {name: n_at_once(strategy, arm) for name, arm in specs.items()}
    setups = prepare_arms(trainer.prepare, specs, at_once, given, progress, note)
    first = next(iter(setups.values()))
    _check_metric(spec, first)
    _check_class_weights(setups)
    if not spec.arms:
        plan = replace(first.plan, range=_range(first.spec))
        return Prepared(first.spec, first.task, plan, {}, trainer.make_trainer)
    plans = _plans(spec, setups)
    return Prepared(
        spec=_resolved(spec, setups, plans),
        task=first.task,
        plan=next(iter(plans.values())),
        arms={name: ArmPlan(task=setup.task, plan=plans[name]) for name, setup in setups.items()},
        make_trainer=trainer.make_trainer,
    )


def _check_metric(spec: Spec, setup: Setup) -> None:
    """Raise an error if the training does not report the metric."""
    name = spec.search.metric.name
    if name not in setup.task.metrics:
        raise UsageError(f"search.metric: the training reports no '{name}'; it reports {', '.join(setup.task.metrics)}")


def _check_class_weights(setups: Mapping[str, Setup]) -> None:
    """Refuse class weights for a training that knows no classes."""
    for arm, setup in setups.items():
        if setup.spec.train.class_weights is not None and setup.task.n_classes is None:
            where = f"arms.{arm}: " if arm else ""
            raise UsageError(
                f"{where}train.class_weights: {one_line(setup.task.name)} has no classes that could be weighted; "
                "remove the key or set it to null"
            )


def with_range_tests(prepared: Prepared, tested: Mapping[str, Tested]) -> Prepared:
    """Name the range tests in the plans of a search, as the reason for their rates.

    Args:
        prepared: The search.
        tested: The tests, by arm. The key is "" in a search without arms.
    """
    arms = {
        name: replace(arm, plan=with_tested_range(arm.plan, tested.get(name))) for name, arm in prepared.arms.items()
    }
    return replace(prepared, plan=with_tested_range(prepared.plan, tested.get("")), arms=arms)


def _plans(spec: Spec, setups: Mapping[str, Setup]) -> dict[str, Plan]:
    """Return the plan of each arm. All arms have the same device, executor and number of jobs."""
    first = next(iter(setups.values()))
    executor, jobs = _choose_executor(spec, list(setups.values()))
    return {
        name: replace(
            setup.plan,
            device=first.plan.device,
            executor=executor,
            jobs=jobs,
            range=_range(setup.spec),
        )
        for name, setup in setups.items()
    }


def _choose_executor(spec: Spec, setups: Sequence[Setup]) -> tuple[Decision[str], Decision[int]]:
    """Choose executor and jobs for all arms. If any arm uses workers, take the largest number of jobs of any arm.

    With `run.jobs: auto`, there are at most as many workers as fit into memory for every arm.
    """
    with_workers = [setup.plan for setup in setups if EXECUTORS[setup.plan.executor.value].has_workers]
    if not with_workers:
        return setups[0].plan.executor, setups[0].plan.jobs
    most = max(with_workers, key=lambda plan: plan.jobs.value)
    bound = min((setup.most_jobs for setup in setups if setup.most_jobs), default=None)
    if spec.run.jobs == "auto" and bound is not None and bound < most.jobs.value:
        return most.executor, auto(bound, "as many as fit into memory in every arm")
    return most.executor, most.jobs


def _resolved(spec: Spec, setups: Mapping[str, Setup], plans: Mapping[str, Plan]) -> Spec:
    """Resolve every `auto` of a spec with arms: shared settings in the spec, all other settings in the arms."""
    plan, data = next(iter(plans.values())), next(iter(setups.values())).spec.data
    changes: dict[str, object] = {
        "run.device": plan.device.value,
        "run.executor": plan.executor.value,
        "run.jobs": spec.run.jobs if EXECUTORS[plan.executor.value].is_cluster else plan.jobs.value,
        "data.root": data.root,
        "data.path": data.path,
        "data.test_path": data.test_path,
    }
    if data.split is not None:
        changes[f"data.split.{data.split.kind}"] = data.split.path
    if data.dataset.name != spec.data.dataset.name:  # the data were given from Python
        changes["data.dataset"] = data.dataset.name
    of_arms = {
        name: {"run.engine": setup.spec.run.engine, "train.precision": setup.spec.train.precision}
        for name, setup in setups.items()
    }
    return change_arms(change_spec(spec, changes), of_arms)


def _range(spec: Spec) -> Decision[str]:
    space = space_of(spec)
    return Decision(f"{space.low!r} .. {space.high!r} {space.scale}", space.reason)
