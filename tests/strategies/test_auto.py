"""`auto`: few trainings, and an answer that holds, on curves whose best rate is known."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lrsearch.analysis.auto import AutoRun
from lrsearch.executors import StopSwitch
from lrsearch.interfaces import Answer
from lrsearch.plans import Worker
from lrsearch.records import Result
from lrsearch.spec import make_spec
from lrsearch.strategies.auto.records import AutoSettings
from lrsearch.strategies.auto.search import auto_search
from lrsearch.strategies.auto.strategy import Auto
from lrsearch.training.analytic import make_trainer

EPOCHS = 8


def play(curve, *, low=-4.0, high=0.0, breaks=math.inf, quiet=-math.inf, noise=0.0, seed=0, **more):
    """Search a curve (points by log10 of the rate); returns the answer and all requests."""
    options = {"epochs": EPOCHS, "constant": True, "untrained_loss": 2.3, **more}
    search = auto_search(AutoSettings(low=low, high=high, **options))
    asked = []

    def train(request):
        rng = np.random.default_rng([seed, request.repeat, int(1000 * (request.x + 20))])
        share = [1 - 0.5 * 0.5**epoch for epoch in range(1, request.until + 1)]
        score = curve(request.x) + noise * rng.standard_normal()
        learned = quiet < request.x < breaks
        scores = tuple(score / 100 * part if learned else 0.1 for part in share)
        losses = tuple(2.3 if request.x <= quiet else (1.0 if learned else 9.0) for _ in share)
        return AutoRun(request.x, request.repeat, request.horizon, request.until, scores, losses, learned)

    step = next(search)
    while True:
        asked += step.requests
        try:
            step = search.send([train(request) for request in step.requests])
        except StopIteration as end:
            return end.value, asked


def hill(best, width=1.0):
    """A smooth curve with its best rate at 10**best."""
    return lambda x: 95.0 - 6.0 * ((x - best) / width) ** 2


@settings(max_examples=20, deadline=None)
@given(st.floats(-3.6, -0.4), st.integers(0, 100))
def test_finds_the_top_of_a_hill(best, seed):
    """Within its own bound and the budget; the bound is at most the margin where it says that it is settled."""
    answer, _ = play(hill(best), noise=0.2, seed=seed)
    assert answer.spent <= 11
    assert 95.0 - hill(best)(answer.rec) <= 0.7
    assert not answer.settled or answer.judgement.bound <= 0.5


@pytest.mark.parametrize("best", [1.2, -5.3])
def test_goes_beyond_a_range_whose_best_rate_is_at_its_end(best):
    """Up to three decades, in steps of the scan."""
    answer, _ = play(hill(best))
    assert abs(answer.rec - best) < 0.3


def test_the_scan_is_short_and_goes_on():
    """Eight rates for one of eight epochs; with a constant schedule the best of them go on with the same seed."""
    _, asked = play(hill(-2.0))
    scan = asked[:8]
    assert {(request.until, request.horizon, request.repeat) for request in scan} == {(1, EPOCHS, 0)}
    assert [round(request.x, 2) for request in scan] == [-3.75, -3.25, -2.75, -2.25, -1.75, -1.25, -0.75, -0.25]
    assert all(request.repeat == 0 and request.x in {r.x for r in scan} for request in asked[8:11])
    assert {request.repeat for request in asked[11:]} >= {1, 2}


def test_a_falling_schedule_has_short_runs_of_its_own():
    """A beginning of a falling schedule says little about its end."""
    _, asked = play(hill(-2.0), constant=False)
    assert {(request.until, request.horizon) for request in asked} == {(1, 1), (EPOCHS, EPOCHS)}


def test_a_suggested_rate_is_one_of_the_scan():
    """The whole grid is shifted to it."""
    _, asked = play(hill(-2.0), suggested=-2.1)
    assert min(abs(request.x + 2.1) for request in asked[:8]) < 1e-9


def test_no_rate_learns():
    """It says so, after no more than six trainings' worth; it goes up first if the highest rate does nothing."""
    answer, _ = play(hill(-2.0), breaks=-9.0)
    assert answer.rec is None
    assert answer.spent <= 8
    answer, asked = play(hill(0.4), quiet=0.2)
    assert max(request.x for request in asked) > 0.2
    assert answer.rec is not None


def test_the_only_rate_that_learns_in_the_scan_breaks_later():
    """Then lower rates train to the end, though the scan was too short to see them learn."""
    settings = AutoSettings(low=-4.0, high=0.0, epochs=EPOCHS, constant=True, untrained_loss=2.3)
    search = auto_search(settings)
    step, asked = next(search), []
    try:
        while True:
            asked += step.requests
            runs = []
            for request in step.requests:
                is_whole = request.until == EPOCHS
                learned = request.x < -1 if is_whole else -1 < request.x < -0.5
                loss = 1.0 if learned else 2.3 if request.x < -0.5 and not is_whole else 9.0
                scores = (0.9 + request.x / 100 if learned else 0.1,) * request.until
                runs.append(AutoRun(request.x, request.repeat, EPOCHS, request.until, scores, (loss,) * 8, learned))
            step = search.send(runs)
    except StopIteration as end:
        answer = end.value
    assert [round(request.x, 2) for request in asked[8:11]] == [-0.75, -1.25, -1.75]
    assert answer.rec is not None
    assert answer.rec < -1


def test_keeps_away_from_where_training_broke():
    """By a factor of 1.5."""
    answer, _ = play(lambda x: 90 + 2 * x, breaks=-1.1)
    assert answer.rec < -1.1 - math.log10(1.5) + 0.13


def test_a_larger_budget_begins_with_the_same_trainings():
    """So a search can go on."""
    _, few = play(hill(-2.0, width=0.5), noise=1.0, budget=6)
    _, many = play(hill(-2.0, width=0.5), noise=1.0, budget=12)
    assert len(many) > len(few)
    assert many[: len(few) - 1] == few[: len(few) - 1]


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from([1, 2, 4, 20]), st.booleans(), st.floats(0, 5))
def test_ends_whatever_happens(seed, epochs, constant, noise):
    """On wild curves: no training twice, no endless search, a rate that was in reach."""
    rng = np.random.default_rng(seed)
    heights = rng.uniform(10, 95, 12)
    answer, asked = play(
        lambda x: float(np.interp(x, np.linspace(-7, 3, 12), heights)),
        breaks=rng.uniform(-4, 3),
        quiet=rng.uniform(-9, -2),
        noise=noise,
        seed=seed,
        epochs=epochs,
        constant=constant,
    )
    assert len(set(asked)) == len(asked)
    assert answer.spent <= 14
    assert answer.rec is None or -7.5 <= answer.rec <= 3.5


def searched(answered=lambda result: result, **values):
    """All results of a search with the formula as the trainer; `answered` may change a result on its way."""
    spec = make_spec({"train": {"epochs": EPOCHS}, **values})
    train = make_trainer(spec, Worker())
    strategy = Auto(AutoSettings(low=-4.0, high=0.5, epochs=EPOCHS, constant=True))
    results, waiting = [], []
    while (asked := strategy.ask()) is not Answer.DONE:
        if asked is Answer.WAIT:  # every trial of the batch has been asked for
            for trial in waiting:
                (result,) = [event for event in train((trial,), StopSwitch()) if isinstance(event, Result)]
                results.append(answered(result))
                strategy.tell(results[-1])
            waiting = []
        else:
            waiting.append(asked)
    return strategy, results


def test_as_a_strategy_it_trains_partial_trials_and_goes_on_from_them():
    """The formula's best rate is 0.1. Numbers have no gap; the repeats of a rate are one proposal."""
    strategy, results = searched()
    trials = [result.trial for result in results]
    assert [trial.number for trial in trials] == list(range(len(trials)))
    assert {trial.lr: trial.proposal for trial in trials} == {
        lr: i for i, lr in enumerate(dict.fromkeys(trial.lr for trial in trials))
    }
    partial = [trial for trial in trials if not trial.is_whole]
    assert {(trial.until, trial.horizon) for trial in partial} == {(1, EPOCHS)}
    whole = [trial for trial in trials if trial.is_whole]
    assert {trial.lr for trial in partial} & {trial.lr for trial in whole if trial.repeat == 0}
    assert strategy.standing.rec == pytest.approx(-1.0, abs=0.2)
    assert strategy.standing.spent <= 11
    assert not any(map(strategy.may_continue, trials))  # it is done


def test_a_fault_says_nothing_about_its_rate():
    """The machine failed at the best rates of the scan: they are no cliff, and the answer is the same hill."""

    def fail(result):
        is_hit = result.trial.is_whole and result.trial.repeat == 0 and 0.1 < result.trial.lr < 0.5
        return replace(result, state="failed", learned=None, score=None) if is_hit else result

    strategy, results = searched(fail)
    assert any(result.state == "failed" for result in results)
    assert strategy.standing.rec == pytest.approx(-1.0, abs=0.4)
