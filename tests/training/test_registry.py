"""The trainers by name, and one trainer for all arms."""

from __future__ import annotations

from importlib import import_module

import pytest

from factories import make_plan, make_task, make_trial
from lrsearch.errors import UsageError
from lrsearch.executors import StopSwitch
from lrsearch.interfaces import NOTHING_GIVEN, Given
from lrsearch.plans import Worker
from lrsearch.spec import make_spec
from lrsearch.training import load_trainer, make_trainers, step_trainer, trainer_name, worker_of
from lrsearch.training.registry import TRAINERS

A, B = make_spec({"seed": 1}), make_spec({"seed": 2})


class Maker:
    """A trainer module's `make_trainer` that remembers what it was given."""

    def __init__(self):
        self.made = []

    def __call__(self, spec, worker, **given):
        self.made.append((spec, worker, given))

        def train(stack, context):
            yield spec.seed, [trial.number for trial in stack]

        return train


@pytest.mark.parametrize("name", sorted(TRAINERS))
def test_every_trainer_can_be_loaded(monkeypatch, name):
    """By the variable, with the functions that a search and a plan call."""
    monkeypatch.setenv("LRSEARCH_TRAINER", name)
    module = load_trainer()
    assert module is import_module(trainer_name())
    for function in ("prepare", "make_trainer", "check_device"):
        assert callable(getattr(module, function))
    assert (step_trainer() is None) is (name == "command")  # a program trains as it likes


def test_torch_is_the_trainer_where_nothing_is_said(monkeypatch):
    """The variable is a test aid."""
    monkeypatch.delenv("LRSEARCH_TRAINER", raising=False)
    assert trainer_name() == "lrsearch.training.torch_trainer"


def test_a_trainer_that_is_not_there_is_named(monkeypatch):
    """With those there are."""
    monkeypatch.setenv("LRSEARCH_TRAINER", "jax")
    with pytest.raises(UsageError, match="LRSEARCH_TRAINER: unknown trainer 'jax'; choose torch, analytic or"):
        load_trainer()


def test_a_worker_is_told_its_device_threads_stack_and_data():
    """As the plan has them; its number comes when it is made."""
    worker = worker_of(make_plan(device="cuda:1", threads=3, stack=7), make_task(fingerprint="abc"))
    assert worker == Worker(device="cuda:1", threads=3, index=0, stack_size=7, fingerprint="abc")


def test_the_first_trainer_is_made_at_once_and_the_others_when_they_are_needed():
    """Data that cannot be opened end the search before a trial; an arm without trials costs nothing."""
    make = Maker()
    train = make_trainers(make, {"a": (A, Worker()), "b": (B, Worker(threads=2))}, None, NOTHING_GIVEN, 5)
    assert [spec.seed for spec, *_ in make.made] == [1]
    stack = (make_trial(arm="b", number=3), make_trial(arm="b", number=4))
    assert list(train(stack, StopSwitch())) == [(2, [3, 4])]
    assert list(train(stack, StopSwitch())) == [(2, [3, 4])]
    assert list(train((make_trial(arm="a"),), StopSwitch())) == [(1, [0])]
    assert [spec.seed for spec, *_ in make.made] == [1, 2]
    assert [(worker.index, worker.threads) for _, worker, _ in make.made] == [(5, 1), (5, 2)]


def test_arms_share_what_is_open_and_get_what_was_given():
    """One place for opened data, one for checkpoints, and the model of one's own."""
    make, checkpoints, model = Maker(), object(), object()
    train = make_trainers(make, {"a": (A, Worker()), "b": (B, Worker())}, checkpoints, Given(model=model), 0)
    list(train((make_trial(arm="b"),), StopSwitch()))
    first, second = (given for *_, given in make.made)
    assert first["shared"] is second["shared"]
    assert first["checkpoints"] is second["checkpoints"] is checkpoints
    assert first["given"].model is second["given"].model is model


def test_what_cannot_be_made_is_raised_at_once():
    """Not when a trial runs."""

    def broken(*_, **__):
        raise OSError("no such file")

    with pytest.raises(OSError, match="no such file"):
        make_trainers(broken, {"": (A, Worker())}, None, NOTHING_GIVEN, 0)
