"""Successive halving: who goes on, up to which epoch."""

import pytest

from factories import make_result
from lrsearch.errors import UsageError
from lrsearch.interfaces import Answer
from lrsearch.records import Trial
from lrsearch.spec import make_spec
from lrsearch.strategies import make_strategy, method_of, planned_rates


def halving(metric="val_accuracy", epochs=8, **search):
    spec = make_spec({"search": {"metric": metric, **search}, "train": {"epochs": epochs}})
    return make_strategy("halving", spec, sampler_score=lambda _: None, known={})


def play(strategy, score):
    """Rungs: the rates of each, with the epoch that they train to."""
    rungs = []
    while True:
        trials = []
        while isinstance(trial := strategy.ask(), Trial):
            trials.append(trial)
        if not trials:
            assert trial is Answer.DONE
            return rungs
        rungs.append(trials)
        for each in trials:
            strategy.tell(make_result(trial=each, score=score(each)))


@pytest.mark.parametrize(("metric", "sign"), [("val_accuracy", -1), ("val_loss", 1)])
def test_the_better_half_goes_on(metric, sign):
    """For twice as many epochs, and at least three to the end; the same seed, and the same proposal."""
    rungs = play(halving(metric, points=9, lr={"low": 1e-8, "high": 1}), lambda t: 0.5 + sign * t.proposal / 20)
    assert [[trial.proposal for trial in rung] for rung in rungs] == [
        list(range(9)),
        list(range(5)),
        [0, 1, 2],
        [0, 1, 2],
    ]
    assert [rung[0].until for rung in rungs] == [1, 2, 4, 8]
    assert {trial.horizon for rung in rungs for trial in rung} == {8}
    assert [trial.number for rung in rungs for trial in rung] == list(range(20))
    assert [rung[0].stage for rung in rungs] == ["", "halve", "halve", "halve"]


def test_eta_and_the_first_rung_are_keys():
    """A third goes on, for three times as many epochs."""
    rungs = play(halving(points=27, epochs=27, eta=3, min_epochs=3), lambda trial: trial.lr)
    assert [(len(rung), rung[0].until) for rung in rungs] == [(27, 3), (9, 9), (3, 27)]


def test_a_rate_that_broke_does_not_go_on():
    """Nor one that has no score; if all broke, the search is over."""
    strategy = halving(points=3)
    trials = [strategy.ask() for _ in range(3)]
    assert strategy.ask() is Answer.WAIT
    for trial in trials:
        strategy.tell(make_result(trial=trial, state="diverged"))
    assert strategy.ask() is Answer.DONE


def test_a_training_that_is_not_whole_keeps_its_checkpoint():
    """A whole one does not."""
    strategy = halving(points=4)
    trial = strategy.ask()
    assert strategy.may_continue(trial)
    assert strategy.doing == "rung 1 of 4: 4 rates up to epoch 1 of 8"


def test_the_budget_counts_each_epoch_once():
    """9 rates for an eighth, 5 for another eighth, 3 for the rest: 4 trainings and a bit."""
    spec = make_spec({"search": {"points": 9}, "train": {"epochs": 8}})
    assert method_of("halving").budget(spec) == 4
    assert method_of("halving").n_further(spec) == {"halve": 11}


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"search": {"points": 1, "lr": [0.1]}}, "halving compares rates, but this is one rate"),
        ({"train": {"epochs": 1}}, "train.epochs: halving needs 2 epochs or more"),
        ({"search": {"repeats": 3}}, "search.repeats: halving trains each rate with one seed"),
        ({"search": {"min_epochs": 20}}, "search.min_epochs: must be below train.epochs, 20, got 20"),
        ({"search": {"prune": "median"}}, "search.prune: halving stops trainings itself"),
    ],
)
def test_nothing_to_halve_is_said(values, message):
    """In a line, before anything is trained."""
    with pytest.raises(UsageError, match=message):
        planned_rates("halving", make_spec(values))


def test_a_program_must_be_told_its_epochs():
    """Else it would train wholly in each rung."""
    with pytest.raises(UsageError, match=r"put \{epochs\} into its command"):
        method_of("halving").ready(make_spec({}), False)
    assert method_of("halving").remarks(make_spec({})) == []
    assert "schedules" in method_of("halving").remarks(make_spec({"train": {"schedule": "cosine"}}))[0]
