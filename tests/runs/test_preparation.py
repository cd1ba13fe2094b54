"""A search made ready for this machine: what is resolved, for each arm and for all."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest

from factories import make_plan, make_task
from lrsearch.interfaces import NOTHING_GIVEN, Setup
from lrsearch.runs.preparation import prepare_search
from lrsearch.spec import arm_specs, change_spec, make_spec

LARGE = {"model.hidden": [1024, 1024]}


def prepared(spec, strategy="grid"):
    """A search without anything given from Python."""
    return prepare_search(spec, strategy, NOTHING_GIVEN)


@pytest.fixture
def machine(monkeypatch):
    """A trainer module whose `prepare` answers what a test says of each arm, by its epochs; and what it was asked."""

    def stand_in(by_epochs):
        asked = []

        def prepare(spec, n_at_once, **given):
            asked.append((spec.train.epochs, n_at_once, given))
            chosen = dict(by_epochs[spec.train.epochs])
            task, most_jobs = chosen.pop("task", make_task()), chosen.pop("most_jobs", None)
            plan = make_plan(**chosen)
            return Setup(change_spec(spec, {"run.engine": plan.engine.value}), task, plan, most_jobs)

        module = SimpleNamespace(prepare=prepare, make_trainer=object())
        monkeypatch.setattr("lrsearch.runs.preparation.load_trainer", lambda _: module)
        return module, asked

    return stand_in


def two_arms(**sections):
    """A spec with arms of 1 and 2 epochs."""
    return make_spec({**sections, "arms": {"one": {"train.epochs": 1}, "two": {"train.epochs": 2}}})


def test_a_search_without_arms_is_its_own(machine):
    """All decisions and the task are the run's; the range comes with the place that it is from."""
    module, asked = machine({3: {"engine": "population", "stack": 4, "jobs": 2}})
    found = prepared(make_spec({"train": {"epochs": 3}, "search": {"lr": {"low": 1e-3, "high": 0.1}, "points": 5}}))
    assert (found.arms, found.make_trainer) == ({}, module.make_trainer)
    assert found.task == make_task()
    assert found.spec.run.engine == "population"
    assert replace(found.plan, range=None) == make_plan(engine="population", stack=4, jobs=2)
    assert found.plan.range.value == "0.001 .. 0.1 log"
    assert "search.lr" in found.plan.range.reason
    assert [(epochs, n) for epochs, n, _ in asked] == [(3, 5)]


def test_the_usual_range_is_named_after_its_optimizer(machine):
    """Where the spec has none."""
    machine({3: {}})
    assert "adam" in prepared(make_spec({"train": {"epochs": 3, "optimizer": "adam"}})).plan.range.reason


def test_each_arm_is_prepared_as_if_alone(machine):
    """With the trials that it can start itself; opened data are shared."""
    _, asked = machine({1: {}, 2: {}})
    prepared(two_arms(search={"trials": 9, "repeats": 2}), "random")
    prepared(two_arms(search={"trials": 9, "repeats": 2}), "bayes")
    assert [(epochs, n) for epochs, n, _ in asked] == [(1, 18), (2, 18), (1, 8), (2, 8)]
    first, second, third, _ = (given["shared"] for *_, given in asked)
    assert first is second
    assert first is not third


def test_arms_keep_what_changes_their_numbers(machine):
    """Engine, stack, threads, precision and range are an arm's; device, executor and jobs are shared."""
    machine(
        {
            1: {"engine": "population", "stack": 8, "task": make_task(n_train=100)},
            2: {"engine": "single", "threads": 2, "precision": "bf16"},
        }
    )
    found = prepared(two_arms())
    first, second = found.arms["one"], found.arms["two"]
    own = [(arm.plan.engine.value, arm.plan.stack.value, arm.plan.threads.value) for arm in (first, second)]
    assert own == [("population", 8, 1), ("single", 1, 2)]
    assert (second.plan.precision.value, first.plan.range) == ("bf16", second.plan.range)
    assert first.plan.sharing_with(second.plan) == first.plan
    assert (first.task.n_train, second.task.n_train, found.task.n_train) == (100, 1000, 100)
    assert [spec.run.engine for spec in arm_specs(found.spec).values()] == ["population", "single"]


@pytest.mark.parametrize(
    ("first", "second", "jobs", "expected"),
    [
        ({}, {}, "auto", ("inline", 1)),
        ({}, {"executor": "processes", "jobs": 4}, "auto", ("processes", 4)),
        ({"executor": "processes", "jobs": 2}, {"executor": "processes", "jobs": 4}, "auto", ("processes", 4)),
        ({"executor": "processes", "jobs": 4}, {"most_jobs": 3}, "auto", ("processes", 3)),
        ({"executor": "processes", "jobs": 4, "most_jobs": 9}, {"most_jobs": 7}, "auto", ("processes", 4)),
        ({"executor": "processes", "jobs": 4}, {"most_jobs": 3}, 4, ("processes", 4)),
    ],
)
def test_arms_share_executor_and_jobs(machine, first, second, jobs, expected):
    """Workers where one arm wants them, as many as that arm wants, but no more than the memory holds of every arm.

    Jobs that were asked for are not made fewer.
    """
    machine({1: first, 2: second})
    found = prepared(two_arms(run={"jobs": jobs}))
    assert {(arm.plan.executor.value, arm.plan.jobs.value) for arm in found.arms.values()} == {expected}
    assert (found.spec.run.executor, found.spec.run.jobs) == expected


def test_what_is_resolved_for_an_arm_is_kept():
    """Engine and precision stand in the arm, and what all share in the spec: prepared again, nothing changes."""
    spec = make_spec({"search": {"points": 7}, "arms": {"small": {"train.precision": "auto"}, "large": LARGE}})
    found = prepared(spec)
    assert [arm.run.engine for arm in arm_specs(found.spec).values()] == ["population", "single"]
    assert found.spec.arms["small"]["train.precision"] == "fp32"
    assert prepared(found.spec).spec == found.spec


def test_an_arm_has_the_plan_that_it_has_alone():
    """On the real trainer: nothing of it depends on the arm beside it."""
    both = prepared(make_spec({"search": {"points": 7}, "arms": {"small": {"model.width": 1}, "large": LARGE}}))
    alone = prepared(change_spec(make_spec({"search": {"points": 7}}), LARGE))
    assert both.arms["large"].plan.sharing_with(alone.plan) == alone.plan
    assert both.arms["large"].task == alone.task


def test_nothing_is_left_to_the_machine():
    """Every `auto` of the spec has a value."""
    run = prepared(make_spec({"train": {"precision": "auto"}, "search": {"points": 3}})).spec
    assert "auto" not in {run.run.device, run.run.engine, run.run.executor, run.run.jobs, run.train.precision}
