"""How much a search trains, and what may change when it goes on."""

from __future__ import annotations

import pytest

from factories import make_run
from lrsearch.errors import UsageError
from lrsearch.runs.budget import enlarged
from lrsearch.runs.counts import n_at_once, n_further, n_trials
from lrsearch.spec import arm_specs, change_spec, make_spec

GRID = {"train": {"epochs": 2}, "search": {"points": 4, "repeats": 2, "confirm": 2, "max_repeats": 4}}
BAYES = {"train": {"epochs": 2}, "search": {"trials": 10}}
LISTED = {"search": {"lr": [0.1, 0.01]}}
A, B = {"train.optimizer": "adam"}, {"search.points": 7}
ARMS = {**GRID, "arms": {"a": A, "b": B}}


@pytest.mark.parametrize(
    ("strategy", "values", "trials", "at_once"),
    [
        ("grid", GRID, 4 * 2, 8),
        ("grid", LISTED, 2, 2),
        ("random", {"search": {"trials": 9, "repeats": 3}}, 27, 27),
        ("bayes", BAYES, 10, 4),
        ("bayes", {"search": {"trials": 10, "batch": 3, "repeats": 2}}, 20, 6),
        ("bayes", {"search": {"trials": 2}}, 2, 2),
    ],
)
def test_trainings_that_are_planned(strategy, values, trials, at_once):
    """Rates times repeats; bayes can begin as many at a time as it proposes in a batch."""
    assert n_trials(strategy, make_spec(values)) == trials
    assert n_at_once(strategy, make_spec(values)) == at_once


def test_arms_add_up():
    """Each with its own points; and what may follow, in all of them."""
    assert n_trials("grid", make_spec(ARMS)) == (4 + 7) * 2
    assert n_further("grid", make_spec(ARMS)) == {"confirm": (2 + 2) * 4}


@pytest.mark.parametrize(
    ("strategy", "values", "changes"),
    [
        ("grid", GRID, {"search.points": 7}),
        ("grid", GRID, {"search.repeats": 3}),
        ("grid", GRID, {"search.extend": True, "search.refine": 3, "search.confirm": 5, "search.max_repeats": 6}),
        ("grid", GRID, {"search.margin": 0.01, "data.root": "/elsewhere", "run.checkpoint_seconds": 5.0}),
        ("random", BAYES, {"search.trials": 11}),
        ("bayes", BAYES, {"search.trials": 11}),
        ("grid", LISTED, {"search.lr": [1.0, 0.01, 0.1]}),
        ("grid", LISTED, {}),
    ],
)
def test_a_budget_may_grow(strategy, values, changes):
    """By changes, or in the spec file: both come to the same spec."""
    run = make_run(spec=values, strategy=strategy)
    wanted = change_spec(run.spec, changes)
    assert enlarged(run, None, changes) == wanted
    assert enlarged(run, wanted, {}) == wanted


@pytest.mark.parametrize(
    ("strategy", "values", "changes", "said"),
    [
        ("grid", GRID, {"search.repeats": 1}, "has 2 repeats"),
        ("grid", GRID, {"search.confirm": 1}, "search.confirm 2"),
        ("grid", GRID, {"search.max_repeats": 3}, "search.max_repeats 4"),
        ("grid", {"search": {"extend": True}}, {"search.extend": False}, "search.extend"),
        ("grid", {"search": {"refine": 3}}, {"search.refine": 2}, "search.refine 3"),
        ("bayes", BAYES, {"search.trials": 9}, "has 10 trials"),
        ("bayes", BAYES, {"search.lr": {"low": 1e-3, "high": 0.1}}, "the range differs from that of"),
        ("random", BAYES, {"search.trials": 9}, r"leave out .*; a resume"),
        ("grid", GRID, {"search.points": 3}, r"leave out 0\.00311, 0\.0965.*points"),
        ("grid", LISTED, {"search.lr": [0.1, 0.2]}, "leave out 0.01"),
        ("grid", GRID, {"search.trials": 30}, "grid"),
        ("bayes", BAYES, {"search.points": 30}, "bayes"),
        ("random", BAYES, {"search.points": 30}, "random"),
        ("grid", GRID, {"train.epochs": 3}, "train.epochs was 2, is now 3"),
        ("grid", GRID, {"seed": 1}, "seed was 0, is now 1"),
        ("grid", GRID, {"model.width": 2, "data.batch_size": 9}, "data.batch_size was 64, .*model.width was 1.0, "),
        ("grid", ARMS, {"search.repeats": 1}, "has 2 repeats"),
    ],
)  # fmt: skip
def test_what_a_resume_refuses(strategy, values, changes, said):
    """A smaller budget, another search, a flag of another strategy: each names what stands, or what it lacks."""
    run = make_run(spec=values, strategy=strategy)
    with pytest.raises(UsageError, match=said):
        enlarged(run, None, changes)


@pytest.mark.parametrize(
    ("now", "said"),
    [
        ({"a": A}, "arms of digits-grid-001: b"),
        ({}, "arms of digits-grid-001: a, b"),
        ({"a": A, "b": {"search.points": 6}}, "leave out"),
        ({"a": {**A, "model.width": 2}, "b": B}, "arms.a.model.width was 1.0, is now 2.0"),
    ],
)
def test_arms_are_only_added(now, said):
    """Those that are there keep their rates and what they stand for."""
    with pytest.raises(UsageError, match=said):
        enlarged(make_run(spec=ARMS), make_spec({**ARMS, "arms": now}), {})


def test_a_run_without_arms_gets_none():
    """Its one search would be gone."""
    with pytest.raises(UsageError, match=r"has arms, but .* has none"):
        enlarged(make_run(spec=GRID), make_spec(ARMS), {})


def test_an_arm_may_be_added_and_another_grow():
    """At once."""
    grown = make_spec({**ARMS, "arms": {"a": {**A, "search.points": 7}, "b": B, "c": {"train.schedule": "cosine"}}})
    assert arm_specs(enlarged(make_run(spec=ARMS), grown, {})) == arm_specs(grown)


def test_what_a_run_resolved_stands_where_the_file_leaves_it_open():
    """Device, executor, engine, jobs, precision; a name that the file has not; and what a range test found."""
    values = {
        "name": "then",
        "train": {"precision": "fp32"},
        "run": {"device": "cpu", "executor": "processes", "engine": "single", "jobs": 2},
        "search": {"lr": {"low": 1e-3, "high": 0.5}, "suggested": 0.05, "points": 4},
    }
    run = make_run(spec=values)
    file = make_spec({"train": {"precision": "auto"}, "search": {"lr": "auto", "points": 7}})
    assert enlarged(run, file, {}) == change_spec(run.spec, {"search.points": 7})


def test_what_was_found_for_an_arm_stands():
    """Its own range and engine, whatever the others have."""
    arms = {"a": {"search.lr": {"low": 1e-3, "high": 0.5}, "search.suggested": 0.1, "run.engine": "single"}, "b": B}
    run = make_run(spec={**GRID, "arms": arms})
    new = enlarged(run, make_spec({**GRID, "arms": {"a": {"search.lr": "auto"}, "b": B}}), {})
    assert (new.arms["a"]["search.suggested"], new.arms["a"]["run.engine"]) == (0.1, "single")
    assert new.arms["a"]["search.lr"] == arms["a"]["search.lr"] | {"scale": "log"}
