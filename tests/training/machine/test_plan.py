"""The fixed rule that says how trials share a machine."""

from __future__ import annotations

import math

import pytest

from lrsearch.plans import Decision, Plan
from lrsearch.spec import make_spec
from lrsearch.training.machine import plan
from lrsearch.training.machine.memory import Needs
from lrsearch.training.machine.plan import LARGEST_STACK, choose_plan

GIB = 1 << 30


def needs(total: int = 64 * GIB, member: int = 1 << 20, job: int = GIB) -> Needs:
    return Needs(total=total, data=0, job=job, member=member)


def plan_of(spec: dict, n_at_once: int = 12, device: str = "cpu", memory: Needs | None = None, cores: int = 4) -> dict:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plan, "n_cores", lambda: cores)
        chosen = choose(spec, device, n_at_once, memory or needs())
    names = ("engine", "executor", "jobs", "stack", "threads")
    return {name: decision.value for name, decision in chosen.decisions.items() if name in names}


def choose(spec: dict, device: str, n_at_once: int, memory: Needs | None) -> Plan:
    """The plan of a spec on a device, in float32."""
    return choose_plan(
        make_spec(spec), Decision(device, "set in the spec"), Decision("fp32", "set in the spec"), n_at_once, memory
    )


def test_small_networks_train_as_one_stack():
    """An mlp on a CPU: one process, one thread, all trials at a time."""
    expected = {"engine": "population", "executor": "inline", "jobs": 1, "stack": 12, "threads": 1}
    assert expected == plan_of({"model": "mlp"})


def test_convolutions_on_a_cpu_train_in_a_process_for_each_core():
    """One trial at a time in each, on one thread."""
    expected = {"engine": "single", "executor": "processes", "jobs": 4, "stack": 1, "threads": 1}
    assert expected == plan_of({"model": "cnn"})
    assert expected | {"jobs": 3} == plan_of({"model": "cnn"}, n_at_once=3)


def test_large_networks_on_a_cpu_train_one_at_a_time():
    """Their products fill the cores by themselves; where it is asked for, they are stacked."""
    large = Needs(total=64 * GIB, data=0, job=GIB, member=1 << 20, weights=plan.MOST_STACKED_WEIGHTS + 1)
    assert plan_of({"model": "mlp"}, memory=large)["engine"] == "single"
    assert plan_of({"model": "mlp", "run": {"engine": "population"}}, memory=large)["engine"] == "population"


def test_graphs_are_recorded_where_they_can_be():
    """On a CUDA device, at most so many trials side by side; elsewhere one at a time, with the reason."""
    asked = {"model": "resnet18", "data": {"dataset": "cifar10"}, "run": {"engine": "graph"}}
    found = plan_of(asked, device="cuda:0", n_at_once=2 * plan.MOST_LANES + 1)
    assert (found["engine"], found["stack"]) == ("graph", math.ceil((2 * plan.MOST_LANES + 1) / 3))
    for model in ("mlp", "cnn"):  # also without being asked for, even one trial at a time
        assert plan_of({"model": model}, device="cuda:0", n_at_once=1)["engine"] == "graph"
    assert plan_of(asked, device="cuda:0", memory=needs(total=4 * GIB, member=GIB // 2))["stack"] == 3
    for values, device, reason in (
        (asked, "cpu", "CUDA graphs need a CUDA device, and this search trains on cpu"),
        (
            asked | {"train": {"optimizer": "adagrad"}},
            "cuda:0",
            "torch cannot record CUDA graphs of the steps of adagrad",
        ),
    ):
        assert choose(values, device, 4, needs()).engine == Decision("single", reason)


def test_many_trials_make_equal_stacks():
    """Of at most so many members, each in a process of its own."""
    found = plan_of({"model": "mlp"}, n_at_once=2 * LARGEST_STACK + 1)
    assert found["stack"] == math.ceil((2 * LARGEST_STACK + 1) / 3)
    assert (found["executor"], found["jobs"]) == ("processes", 3)


def test_a_stack_is_no_larger_than_memory_holds():
    """70 % of 10 GiB less a process leaves room for 12 members of half a GiB; 20 trials make two stacks of 10."""
    found = plan_of({"model": "mlp"}, n_at_once=20, memory=needs(10 * GIB, member=GIB // 2))
    assert found["stack"] == 10
    reason = choose({"model": "mlp"}, "cpu", 20, needs(10 * GIB, member=GIB // 2)).stack.reason
    assert "12, as many as fit into memory" in reason


def test_without_memory_for_two_members_trials_train_one_at_a_time():
    """A stack has two members at least."""
    engine = choose({"model": "mlp"}, "cpu", 20, needs(4 * GIB, member=GIB)).engine
    assert engine.value == "single"
    assert "memory" in engine.reason


def test_fewer_jobs_than_cores_are_told_as_such(monkeypatch):
    """Where there are fewer stacks than cores."""
    monkeypatch.setattr(plan, "n_cores", lambda: 4)
    reasons = [choose({"model": "cnn"}, "cpu", n, needs(64 * GIB)).jobs.reason for n in (2, 40)]
    assert reasons == ["auto: one for each stack of trials", "auto: one for each core"]


def test_jobs_are_no_more_than_memory_holds():
    """70 % of 8 GiB hold three processes of 1.5 GiB; what was asked for is kept to."""
    memory = needs(8 * GIB, member=GIB // 2)
    assert plan_of({"model": "cnn"}, memory=memory, cores=16)["jobs"] == 3
    assert plan_of({"model": "cnn", "run": {"jobs": 6}}, memory=memory, cores=16)["jobs"] == 6
    assert plan_of({"model": "cnn"}, memory=needs(GIB), cores=16)["jobs"] == 1


def test_what_is_asked_for_is_done():
    """Engine, executor and jobs of the spec win where they can."""
    asked = {"run": {"engine": "population", "executor": "processes", "jobs": 2}, "model": "cnn"}
    found = plan_of(asked)
    assert (found["engine"], found["executor"], found["jobs"]) == ("population", "processes", 2)
    assert plan_of({"model": "mlp", "run": {"engine": "single"}})["engine"] == "single"
    large = {"dataset": {"name": "synthetic", "shape": [3, 32, 32]}}
    assert plan_of({"model": "resnet18", "data": large, "run": {"engine": "population"}})["engine"] == "single"


def test_what_was_given_from_python_stays_here():
    """Such a search has no needs that could be estimated."""
    chosen = choose({"run": {"executor": "processes"}}, "cpu", 12, None)
    assert (chosen.engine.value, chosen.executor.value) == ("single", "inline")
