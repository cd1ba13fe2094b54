"""Searches with arms: each is a search of its own, whatever stands beside it."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from factories import make_result, stop_after
from lrsearch.errors import UsageError
from lrsearch.interfaces import Answer
from lrsearch.runs import resume_run, run_search
from lrsearch.runs.reading import load_run
from lrsearch.spec import arm_specs, change_spec, make_spec
from lrsearch.strategies import make_search

A = {"train.optimizer": {"name": "sgd", "momentum": 0.9}}
B = {"train.optimizer": "adam", "search.lr": {"low": 1e-5, "high": 1e-1}}
C = {"train.schedule": "cosine", "search.trials": 9, "search.points": 5, "search.repeats": 2}
ARMS = {"a": A, "b": B, "c": C}


def spec_of(arms, **values):
    """A small spec with these arms."""
    sections = {"train": {"epochs": 3}, "search": {"trials": 10, "points": 7}, **values}
    return make_spec({**sections, "arms": arms})


def of_arm(run, arm):
    """All that one arm came to, without times and numbers of the run; points as text, where NaN equals NaN."""
    found = [result for result in run.results if result.trial.arm == arm]
    points = [[repr(replace(point, trial=0, seconds=0.0)) for point in result.points] for result in found]
    trials = [replace(result.trial, number=0, arm="") for result in found]
    outcomes = [(result.state, result.score, result.learned, result.correct) for result in found]
    return sorted(zip(trials, points, outcomes, strict=True), key=lambda each: (each[0].proposal, each[0].repeat))


@pytest.mark.parametrize("strategy", ["grid", "random", "bayes"])
def test_an_arm_is_the_search_that_it_is_alone(analytic, tmp_path, strategy):
    """With no other arm, with others before or behind it, or without a name: the same rates, seeds and results."""
    whole = run_search(spec_of(ARMS), strategy, runs_dir=tmp_path)
    turned = run_search(spec_of(dict(reversed(ARMS.items()))), strategy, runs_dir=tmp_path)
    for name, overrides in ARMS.items():
        named = run_search(spec_of({name: overrides}), strategy, runs_dir=tmp_path)
        alone = run_search(change_spec(spec_of({}), overrides), strategy, runs_dir=tmp_path)
        assert of_arm(whole, name) == of_arm(turned, name) == of_arm(named, name) == of_arm(alone, "")
    assert len(of_arm(whole, "c")) == 2 * (5 if strategy == "grid" else 9)


@pytest.mark.parametrize("strategy", ["grid", "bayes"])
def test_rates_of_arms_are_paired(analytic, tmp_path, strategy):
    """Arms of one range see the same first rates, and so the same seeds, batches and noise."""
    run = run_search(spec_of({"x": A, "y": {"train.schedule": "cosine"}}), strategy, runs_dir=tmp_path)
    assert of_arm(run, "x") == of_arm(run, "y")


def test_a_real_arm_trains_to_the_same_bit_beside_others(tmp_path):
    """A stack, and trials one at a time, of a network on digits: nothing of an arm depends on the others."""
    arms = {
        "sgd": {"train.optimizer.momentum": 0.5},
        "adam": {"train.optimizer": "adam", "data.train_size": 300},
        "asgd": {"data.batch_size": 50, "run.engine": "single", "search.lr": [0.1]},
    }
    values = {"train": {"epochs": 2}, "search": {"points": 3}, "data": {"train_size": 400}}
    whole = run_search(make_spec({**values, "arms": arms}), runs_dir=tmp_path)
    assert whole.finished
    assert [plan.task.n_train for plan in whole.manifest.arms.values()] == [400, 300, 400]
    engines = {arm: whole.manifest.plan_of(arm).engine.value for arm in arms}
    assert engines == {"sgd": "population", "adam": "population", "asgd": "single"}
    for name, overrides in arms.items():
        alone = run_search(make_spec({**values, "arms": {name: overrides}}), runs_dir=tmp_path)
        assert of_arm(whole, name) == of_arm(alone, name)


@pytest.mark.parametrize("strategy", ["grid", "random", "bayes"])
@pytest.mark.parametrize("n", [1, 5, 11, 20])
def test_a_resume_completes_every_arm(analytic, tmp_path, strategy, n):
    """Interrupted anywhere, the results are those of a run that nothing happened to, and none is trained twice."""
    whole = run_search(spec_of(ARMS), strategy, runs_dir=tmp_path)
    cut = run_search(spec_of(ARMS), strategy, runs_dir=tmp_path, **stop_after(n))
    assert not cut.finished
    resumed = resume_run(cut.path)
    assert resumed.finished
    assert resumed.results == whole.results
    assert len(resumed.log) == len(resumed.results)
    assert [replace(row, seconds=0.0) for row in resumed.ranking.rows] == [
        replace(row, seconds=0.0) for row in whole.ranking.rows
    ]
    assert resumed.spec == whole.spec


@pytest.mark.parametrize("strategy", ["grid", "random", "bayes"])
def test_an_arm_can_be_added_on_a_resume(analytic, tmp_path, strategy):
    """The others keep what they have; what was trained is not trained again."""
    run = run_search(spec_of({"a": A, "b": B}), strategy, runs_dir=tmp_path)
    before = {arm: of_arm(run, arm) for arm in ("a", "b")}
    grown = resume_run(run.path, spec=spec_of({"c": C, "b": B, "a": A}))
    assert grown.finished
    assert {arm: of_arm(grown, arm) for arm in ("a", "b")} == before
    assert of_arm(grown, "c") == of_arm(run_search(spec_of({"c": C}), strategy, runs_dir=tmp_path), "c")
    assert len(grown.log) == len(grown.results)
    assert list(load_run(run.path).manifest.arms) == ["c", "b", "a"]


def test_a_larger_budget_is_for_every_arm_that_has_none_of_its_own(analytic, tmp_path):
    """Points for a and b; c keeps its five."""
    run = run_search(spec_of(ARMS), "grid", runs_dir=tmp_path)
    grown = resume_run(run.path, changes={"search.points": 13})
    assert {arm: len(grown.ranking.of_arm(arm)) for arm in ARMS} == {"a": 13, "b": 13, "c": 5}
    large = run_search(spec_of(ARMS, search={"points": 13, "trials": 10}), runs_dir=tmp_path)
    assert [of_arm(grown, arm) for arm in ARMS] == [of_arm(large, arm) for arm in ARMS]
    assert [result.trial for result in grown.results] == [result.trial for result in large.results]


def test_the_arm_that_cannot_be_searched_is_named(analytic, tmp_path):
    """Bayes needs a range; nothing is written."""
    with pytest.raises(UsageError, match=r"arm b: search\.lr: bayes needs a range"):
        run_search(spec_of({"a": A, "b": {"search.lr": [0.1]}}), "bayes", runs_dir=tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["grid", "random", "bayes"])
@pytest.mark.parametrize("seed", range(5))
def test_trials_have_the_same_numbers_whenever_results_come(name, seed):
    """Told in the order of trials, at once or much later, arms are asked in the same order."""

    def trials(patience):
        chance = random.Random(seed)
        specs = arm_specs(spec_of(ARMS))
        strategy = make_search(
            name, specs, sampler_score=lambda _, result: result.score, known={}, task_of=lambda _: None
        )
        asked, waiting = [], []
        while True:
            answer = strategy.ask()
            if answer is Answer.DONE and not waiting:
                return asked
            if not isinstance(answer, Answer):
                asked.append(answer)
                waiting.append(answer)
            while waiting and (isinstance(answer, Answer) or chance.random() > patience):
                strategy.tell(make_result(trial=waiting.pop(0), score=0.5))
                if chance.random() < patience:
                    break

    numbers = trials(0.0)
    assert [trial.number for trial in numbers] == list(range(len(numbers)))
    for patience in (0.3, 0.9, 1.0):
        assert trials(patience) == numbers


def test_workers_train_every_arm(analytic, tmp_path):
    """In processes the results are those of one process."""
    spec = spec_of(ARMS)
    inline = run_search(spec, "bayes", runs_dir=tmp_path)
    processes = run_search(change_spec(spec, {"run.executor": "processes", "run.jobs": 2}), "bayes", runs_dir=tmp_path)
    for arm in ARMS:
        assert of_arm(inline, arm) == of_arm(processes, arm)
    assert [result.trial for result in processes.results] == [result.trial for result in inline.results]
