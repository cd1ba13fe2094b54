"""The bounds below which trainings are pruned, and who is asked and left out."""

import math

import optuna
import pytest

from factories import make_result
from lrsearch.interfaces import Answer
from lrsearch.records import Task, Trial
from lrsearch.spec import make_spec
from lrsearch.strategies import make_strategy, method_of
from lrsearch.strategies.bounds import Course, halving_bounds, median_bounds, stop_bounds
from lrsearch.strategies.pruned import Pruned
from lrsearch.strategies.space import spread

TASK = Task(name="digits")


def course(*levels, whole=True):
    return Course(dict(enumerate(levels, start=1)), whole)


WHOLE = [course(0.1, 0.3, 0.5), course(0.2, 0.4, 0.6), course(0.3, 0.6, 0.7), course(0.6, 0.9, 0.9)]


def test_the_median_is_that_of_whole_trainings():
    """From the first epoch to the last but one; a training that was pruned does not count."""
    assert median_bounds(WHOLE, 1, 3, near=0.0) == {1: pytest.approx(0.25), 2: pytest.approx(0.5)}
    assert median_bounds([*WHOLE, course(0.0, whole=False)], 2, 3, near=0.0) == {2: pytest.approx(0.5)}
    assert median_bounds(WHOLE[1:], 1, 3, near=0.0) == {}  # too few


def test_no_bound_is_near_the_best():
    """So that of two good rates none is pruned by chance."""
    assert median_bounds(WHOLE, 1, 3, near=0.6)[2] == pytest.approx(0.3)
    assert halving_bounds(WHOLE, (2,), 2, near=0.6) == {2: pytest.approx(0.3)}


def test_halving_keeps_one_of_eta_at_each_rung():
    """All trainings that came to the rung count; one that broke before the first rung is the worst there."""
    assert halving_bounds(WHOLE, (1, 2), 2, near=0.0) == {1: 0.3, 2: 0.6}
    assert halving_bounds(WHOLE, (1,), 4, near=0.0) == {1: 0.6}
    assert halving_bounds([*WHOLE[1:], course(whole=False)], (1,), 2, near=0.0) == {1: 0.3}


@pytest.mark.parametrize("prune", ["median", "halving"])
def test_bounds_of_a_loss_are_the_highest_allowed(prune):
    """In the unit of the metric; no bound in the first quarter of the epochs, and 5 % of the distance from the best."""
    spec = make_spec({"train": {"epochs": 8}, "search": {"prune": prune, "metric": "val_loss"}})
    results = [
        make_result(10.0**-i, loss, number=i, val_losses=[loss] * 8, losses=[loss] * 8)
        for i, loss in enumerate((0.5, 1.0, 2.0, 3.0))
    ]
    bounds = stop_bounds(spec, TASK, results)
    assert set(bounds) == ({2, 3, 4, 5, 6, 7} if prune == "median" else {2, 4})
    assert bounds[2] == pytest.approx(1.5 if prune == "median" else 1.0)


def test_the_best_epoch_counts_if_it_is_scored():
    """A training that got worse is judged by the best epoch so far, as its score is."""
    spec = make_spec({"train": {"epochs": 3}, "search": {"prune": "median", "scored_epoch": "best"}})
    results = [make_result(i + 1.0, accuracies=(0.5, 0.1, 0.2), losses=[1] * 3, number=i) for i in range(4)]
    assert stop_bounds(spec, TASK, results)[2] == pytest.approx(0.45)  # 5 points below


def asked(strategy):
    """The trials up to the next answer."""
    trials = []
    while isinstance(trial := strategy.ask(), Trial):
        trials.append(trial)
    return trials, trial


def pruned_strategy(name="grid", **search):
    spec = make_spec({"search": {"prune": "median", **search}, "train": {"epochs": 4}})
    return make_strategy(name, spec, sampler_score=lambda result: result.score, known={}, task=TASK)


def test_a_round_waits_for_the_results_of_the_one_before():
    """Its bounds are those of all earlier rounds, whoever is told first; the first round has none."""
    strategy = pruned_strategy(points=9)
    first, answer = asked(strategy)
    assert (len(first), answer) == (4, Answer.WAIT)
    assert all(not trial.stop_below for trial in first)
    for trial, level in zip(first, (0.1, 0.2, 0.6, 0.9), strict=True):
        strategy.tell(make_result(trial=trial, accuracies=[level] * 4, losses=[1] * 4))
    second, _ = asked(strategy)
    assert [trial.stop_below for trial in second] == [{1: 0.4, 2: 0.4, 3: 0.4}] * 4
    assert [trial.number for trial in [*first, *second]] == list(range(8))


def test_other_seeds_of_a_pruned_rate_are_left_out():
    """Numbers have no gaps, and a rate that came to its end is trained with every seed, without bounds."""
    strategy = pruned_strategy(points=4, repeats=2)
    first, _ = asked(strategy)
    for trial, state in zip(first, ("ok", "pruned", "ok", "diverged"), strict=True):
        strategy.tell(make_result(trial=trial, state=state))
    others, answer = asked(strategy)
    assert answer is Answer.DONE
    assert [(trial.number, trial.lr, trial.repeat) for trial in others] == [
        (4, first[0].lr, 1),
        (5, first[2].lr, 1),
        (6, first[3].lr, 1),
    ]


def test_a_grid_begins_spread_over_its_range():
    """All rates come once."""
    strategy = pruned_strategy(points=9, lr={"low": 1e-4, "high": 1.0})
    assert [trial.lr for trial in asked(strategy)[0]] == [1e-4, 1.0, 0.01, 1e-3]
    assert sorted(spread(range(1, 100))) == list(range(1, 100))
    assert spread([3.0]) == [3.0]


def test_tpe_is_told_a_pruned_training_with_its_values():
    """As `study.optimize` would: the state PRUNED, and the metric after each epoch, turned so that higher is better."""
    strategy = pruned_strategy("bayes", trials=8, metric="val_loss")
    assert isinstance(strategy, Pruned)
    first, _ = asked(strategy)
    for trial in first[:-1]:
        strategy.tell(make_result(trial=trial, score=0.7))
    strategy.tell(make_result(trial=first[-1], state="pruned", val_losses=(3.0, 2.0), score=2.0))
    told = strategy._strategy._study.trials
    assert [trial.state for trial in told] == [optuna.trial.TrialState.COMPLETE] * 3 + [optuna.trial.TrialState.PRUNED]
    assert told[-1].intermediate_values == {1: -3.0, 2: -2.0}
    assert len(asked(strategy)[0]) == 4


def test_a_gaussian_process_proposes_rates():
    """After ten random rates, near the best of them; the same for a seed."""

    def rates():
        spec = make_spec({"search": {"sampler": "gp", "trials": 14, "batch": 2}, "train": {"epochs": 2}})
        strategy = make_strategy("bayes", spec, sampler_score=lambda result: result.score, known={})
        found = []
        while (trials := asked(strategy)[0]) != []:
            for trial in trials:
                found.append(trial.lr)
                strategy.tell(make_result(trial=trial, score=math.exp(-((math.log10(trial.lr) + 1) ** 2))))
        return found

    found = rates()
    assert len(set(found)) == 14
    assert min(abs(math.log10(lr) + 1) for lr in found[10:]) < 0.3
    assert rates() == found


@pytest.mark.parametrize(
    ("search", "lines"),
    [
        (
            {"eta": 3, "min_epochs": 2},
            ["search.eta has no effect without search.prune", "search.min_epochs has no effect"],
        ),
        ({"eta": 3, "min_epochs": 2, "prune": "median"}, ["search.eta has no effect without search.prune: halving"]),
        ({"eta": 3, "min_epochs": 2, "prune": "halving"}, []),
        ({}, []),
    ],
)
def test_a_key_without_effect_is_said(search, lines):
    """Before the search; for every strategy that may prune."""
    for name in ("grid", "random", "bayes"):
        remarks = method_of(name).remarks(make_spec({"search": search}))
        assert len(remarks) == len(lines)
        assert all(remark.startswith(line) for remark, line in zip(remarks, lines, strict=True))
