"""The executor that the plan names, and when workers are started early."""

from __future__ import annotations

import pytest

from factories import make_plan, make_trial
from lrsearch.executors import InlineExecutor, PolledContext, ProcessExecutor, make_executor, preload_workers
from lrsearch.interfaces import NOTHING_GIVEN, Given
from lrsearch.spec import make_spec

MLP, CNN = make_spec({"model": "mlp"}), make_spec({"model": "cnn"})
RAY_CNN = make_spec({"model": "cnn", "run": {"executor": "ray"}})
INLINE_CNN = make_spec({"model": "cnn", "run": {"executor": "inline"}})


def never():
    """No stop."""
    return False


def make_echo(index):
    """A trainer that yields what it was given."""

    def train(stack, context):
        yield index, stack, context.should_stop()

    return train


@pytest.mark.parametrize(
    ("chosen", "kind", "slots"),
    [
        ({"executor": "inline", "jobs": 1}, InlineExecutor, 1),
        ({"executor": "inline", "jobs": 4}, InlineExecutor, 1),
        ({"executor": "processes", "jobs": 1}, ProcessExecutor, 1),
        ({"executor": "processes", "jobs": 3}, ProcessExecutor, 3),
    ],
)
def test_the_plan_names_the_executor(chosen, kind, slots):
    """Workers have as many slots as the plan has jobs; this process has one."""
    executor = make_executor(make_plan(**chosen), make_echo, PolledContext(never))
    assert isinstance(executor, kind)
    assert executor.slots == slots


def test_the_trainer_and_its_context_reach_the_executor():
    """What was given is what runs: worker 0, the trials, and the switch that is asked."""
    executor = make_executor(make_plan(), make_echo, PolledContext(lambda: True))
    trials = (make_trial(number=0), make_trial(number=1))
    with executor:
        executor.submit(trials)
        assert list(executor.events())[-1] == (0, trials, True)


@pytest.mark.parametrize(
    ("specs", "given", "starts"),
    [
        ([MLP], NOTHING_GIVEN, False),
        ([CNN], NOTHING_GIVEN, True),
        ([MLP, CNN], NOTHING_GIVEN, True),
        ([INLINE_CNN], NOTHING_GIVEN, False),
        ([INLINE_CNN, MLP], NOTHING_GIVEN, False),
        ([RAY_CNN], NOTHING_GIVEN, False),
        ([CNN], Given(model=object), False),
        ([CNN], Given(data={}), False),
    ],
)
def test_workers_are_started_early_where_they_are_likely(monkeypatch, specs, given, starts):
    """One arm with convolutions is enough; a model or data of one's own stay in this process."""
    started = []
    monkeypatch.setattr("lrsearch.executors.choice.preload", started.append)
    preload_workers(specs, given, "a.trainer")
    assert started == [["a.trainer"]] * starts
