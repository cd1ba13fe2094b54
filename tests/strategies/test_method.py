"""The registry of the strategies: each entry has a module that says what the program must know."""

from __future__ import annotations

import pytest

from lrsearch.catalog import STRATEGIES, unread
from lrsearch.errors import UsageError
from lrsearch.interfaces import Answer
from lrsearch.records import Task
from lrsearch.spec import describe_keys, make_spec
from lrsearch.strategies import Method, method_of, n_planned_rates, n_planned_trials, planned_rates
from lrsearch.wording import one_of

SPEC = make_spec({"search": {"points": 5, "trials": 6, "repeats": 3, "batch": 2}, "train": {"epochs": 4}})
ONE_SEED = make_spec({"train": {"epochs": 4}})
TASK = Task(name="digits")


@pytest.mark.parametrize("name", STRATEGIES)
def test_what_a_method_counts_is_what_its_strategy_asks(name):
    """Trials, and those that it asks for before it needs results."""
    method = method_of(name)
    spec = ONE_SEED if name in {"auto", "halving"} else SPEC  # they choose repeats themselves
    assert isinstance(method, Method)
    strategy, n_asked = method.make(spec, lambda result: result.score, {}, TASK), 0
    while not isinstance(strategy.ask(), Answer):
        n_asked += 1
    assert n_asked == (method.round_size(spec) or method.n_trials(spec))
    assert method.n_trials(spec) == n_planned_trials(name, spec)
    rates = planned_rates(name, spec)
    assert n_planned_rates(name, spec) == (6 if rates is None else len(rates))
    assert (method.words(spec) is None) == (rates is not None)  # a plan lists the rates, or says how they come


@pytest.mark.parametrize("name", STRATEGIES)
def test_an_entry_names_keys_of_the_spec(name):
    """The first one is its budget, and it does read them all."""
    entry = STRATEGIES[name]
    assert set(entry.keys) <= set(describe_keys())
    if name != "auto":  # its budget counts trainings
        assert getattr(SPEC.search, entry.budget) == method_of(name).n_rates(SPEC)
    assert [unread(name, key) for key in entry.keys] == [None] * len(entry.keys)


def test_a_strategy_that_is_not_there_is_named():
    """With those there are."""
    with pytest.raises(UsageError, match=f"unknown strategy 'magic'; choose {one_of(list(STRATEGIES))}"):
        method_of("magic")
