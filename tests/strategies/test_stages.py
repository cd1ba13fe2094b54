"""The stages extend, refine and confirm; they propose the same trials after any interruption."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from factories import make_result, make_task, stop_after
from lrsearch.analysis.ranking import SHARES, rank_results
from lrsearch.interfaces import Answer
from lrsearch.records import Trial
from lrsearch.runs.api import resume_run, run_search
from lrsearch.runs.counts import n_further
from lrsearch.spec import make_spec
from lrsearch.strategies import make_search
from lrsearch.strategies.stages import is_settled

TASK = make_task(label_entropy=2.3)
N_VAL = TASK.n_val


def hill(top, slope=0.2, noise=0.0):
    """A score that falls with the distance from the top, in decades; rates two decades above the top collapse."""

    def score(lr, repeat):
        distance = np.log10(lr / top)
        if distance > 1.9:
            return 0.1
        chance = np.random.default_rng([repeat, int(1e9 * lr) % 2**32]).normal(0, noise) if noise else 0.0
        return float(np.clip(0.97 - slope * abs(distance) + chance, 0.1, 1.0))

    return score


def result_of(trial, score):
    """A finished training; the first images are the right ones, so that equal scores agree on every image."""
    right = round(score * N_VAL)
    bits = np.packbits(np.arange(N_VAL) < right).tobytes()
    return make_result(
        score=right / N_VAL,
        trial=trial,
        losses=(1 - score,),
        val_loss=1 - score,
        learned=score > 0.15,
        correct=bits,
    )


def walk(score, n_at_once=1000, **search):
    """All trials of a search that asks for `n_at_once` trials before it tells their results."""
    spec = make_spec({"search": search, "train": {"epochs": 1}})
    strategy = make_search(
        "grid", {"": spec}, sampler_score=lambda _, result: result.score, known={}, task_of=lambda _: TASK
    )
    results, waiting = [], []
    while True:
        answer = strategy.ask() if len(waiting) < n_at_once else Answer.WAIT
        if isinstance(answer, Trial):
            waiting.append(answer)
            continue
        if not waiting:
            assert answer is Answer.DONE
            return results
        trial = waiting.pop(0)
        results.append(result_of(trial, score(trial.lr, trial.repeat)))
        strategy.tell(results[-1])


def rates_of(results, stage):
    """The different rates of a stage, in the order in which they were proposed."""
    return list(dict.fromkeys(result.trial.lr for result in results if result.trial.stage == stage))


def test_extend_finds_a_top_that_lies_above():
    """From 1e-6 .. 1e-4 it goes up until the best rate has worse ones on both sides, and no further."""
    results = walk(hill(0.003), lr={"low": 1e-6, "high": 1e-4}, extend=True)
    added = rates_of(results, "extend")
    assert rank_results(results, TASK).best.lr == pytest.approx(0.003, rel=0.5)
    assert min(added) > 1e-4
    assert 0.003 < max(added) <= 0.011


def test_extend_finds_a_top_that_lies_below():
    """The same downwards, where the upper rates collapsed."""
    results = walk(hill(1e-3), lr={"low": 1e-2, "high": 10}, extend=True)
    assert rank_results(results, TASK).best.lr == pytest.approx(1e-3, rel=0.5)
    assert max(rates_of(results, "extend")) < 1e-2


def test_extend_goes_three_decades_at_most():
    """It ends even if the score rises for ever."""
    results = walk(
        lambda lr, _: min(0.99, 0.5 + 0.02 * np.log10(lr / 1e-6)), lr={"low": 1e-6, "high": 1e-5}, extend=True
    )
    assert max(rates_of(results, "extend")) == pytest.approx(1e-2)


@pytest.mark.parametrize(
    "score",
    [lambda *_: 0.1, lambda *_: 0.9, hill(0.01)],
    ids=["nothing learned", "all are equal", "the best lies inside"],
)
def test_extend_does_nothing_without_need(score):
    """It does nothing if no rate learned, if the end is as good as its neighbour, or if the best rate is inside."""
    assert rates_of(walk(score, lr={"low": 1e-3, "high": 1e-1}, extend=True), "extend") == []


def test_extend_stops_at_a_collapse():
    """It does not go beyond a best rate above which training collapsed."""

    def cliff(lr, _):
        return 0.5 + 0.1 * np.log10(lr / 1e-6) if lr <= 2e-3 else 0.1

    results = walk(cliff, lr={"low": 1e-6, "high": 1e-4}, extend=True)
    assert max(rates_of(results, "extend")) == pytest.approx(1e-2)
    assert rank_results(results, TASK).best.lr == pytest.approx(1e-3)


@pytest.mark.parametrize("n_rates", [1, 2, 4, 7])
def test_refine_halves_the_spacing_around_the_best(n_rates):
    """It adds as many rates as asked for, the nearest first, each between two earlier ones."""
    results = walk(hill(0.01), lr={"low": 1e-4, "high": 1}, refine=n_rates)
    before, added = sorted(rates_of(results, "")), rates_of(results, "refine")
    assert len(added) == n_rates
    assert not set(before) & set(added)
    best = rank_results([result for result in results if not result.trial.stage], TASK).best.lr
    place = before.index(best)
    for lr in added[:2]:
        assert before[place - 1] < lr < before[place + 1]
    ratios = [high / low for low, high in pairwise(sorted(before + added))]
    assert min(ratios) > 1.2


def test_confirm_trains_the_best_again_and_counts_the_new_seeds_alone():
    """The seeds that chose the rates do not count, and the confirmed rates come first."""
    results = walk(hill(0.01, slope=0.02, noise=0.004), lr={"low": 1e-3, "high": 1e-1}, repeats=2, confirm=3)
    confirming = [result for result in results if result.trial.stage == "confirm"]
    assert {result.trial.repeat for result in confirming} <= set(range(2, 7))
    chosen = {row.lr for row in rank_results([r for r in results if not r.trial.stage], TASK).rows[:3]}
    assert {result.trial.lr for result in confirming} == chosen
    ranking = rank_results(results, TASK)
    assert {row.lr for row in ranking.rows[:3]} == chosen
    for row in ranking.rows[:3]:
        scores = [result.score for result in confirming if result.trial.lr == row.lr]
        assert row.n == len(scores)
        assert row.val_accuracy == pytest.approx(np.mean(scores))


def test_confirm_stops_when_it_is_sure_and_goes_on_while_it_is_not():
    """It takes two seeds if the leader is far ahead, and all seeds if the rates differ only by noise."""
    sure = walk(hill(0.01, slope=0.05), lr={"low": 1e-3, "high": 1e-1}, confirm=3, margin=1.0)
    unsure = walk(hill(0.01, slope=0.0, noise=0.02), lr={"low": 1e-3, "high": 1e-1}, confirm=3, margin=0.1)
    repeats = [{r.trial.repeat for r in each if r.trial.stage == "confirm"} for each in (sure, unsure)]
    assert repeats == [{1, 2}, {1, 2, 3, 4, 5}]


def test_settled_needs_two_seeds():
    """One seed does not show the noise."""
    results = [r for r in walk(hill(0.01), lr={"low": 1e-3, "high": 1e-1}) if r.trial.lr < 0.02]
    assert not is_settled(results, TASK, SHARES, margin=0.5, level=0.95)


@settings(max_examples=30, deadline=None)
@given(n_at_once=st.integers(1, 20), top=st.floats(1e-5, 1.0), noise=st.sampled_from([0.0, 0.01]))
def test_the_trials_do_not_depend_on_when_results_are_told(n_at_once, top, noise):
    """However many trials run at once, the same trials come in the same order."""
    search = {"lr": {"low": 1e-4, "high": 1e-2}, "extend": True, "refine": 3, "confirm": 2}
    score = hill(top, noise=noise)
    assert walk(score, n_at_once, **search) == walk(score, **search)
    numbers = [result.trial.number for result in walk(score, n_at_once, **search)]
    assert numbers == list(range(len(numbers)))


@pytest.mark.parametrize("strategy", ["grid", "random", "bayes"])
@pytest.mark.parametrize("n", [3, 9, 14, 17])
def test_a_resume_goes_through_the_same_stages(analytic, tmp_path, strategy, n):
    """After an interruption in the search or in a stage, the results equal those of an uninterrupted run."""
    search = {"points": 8, "trials": 8, "lr": {"low": 1e-5, "high": 1e-3}, "extend": True, "refine": 2, "confirm": 2}
    spec = make_spec({"search": search, "train": {"epochs": 3}})
    whole = run_search(spec, strategy, runs_dir=tmp_path)
    assert {"", "confirm"} <= {result.trial.stage for result in whole.results}
    cut = run_search(spec, strategy, runs_dir=tmp_path, **stop_after(n))
    assert not cut.finished
    done = resume_run(cut.path)
    assert done.finished
    assert untimed(done) == untimed(whole)


def untimed(run):
    """Everything of a run that must be equal to the bit."""
    return [
        (result.trial, result.state, result.score, [replace(point, seconds=0.0, trial=0) for point in result.points])
        for result in run.results
    ]


def test_stages_can_follow_a_finished_run(analytic, tmp_path):
    """A finished run resumed with stages ends like a run that had them from the start."""
    first = run_search(make_spec({"train": {"epochs": 2}}), runs_dir=tmp_path)
    grown = resume_run(first.path, changes={"search.refine": 3, "search.confirm": 2})
    at_once = make_spec({"train": {"epochs": 2}, "search": {"refine": 3, "confirm": 2}})
    assert untimed(grown) == untimed(run_search(at_once, runs_dir=tmp_path))


def test_more_repeats_after_a_confirmation(analytic, tmp_path):
    """Confirming seeds that a larger budget adds to the search no longer confirm; every trial keeps its own number."""
    spec = make_spec({"train": {"epochs": 2}, "search": {"points": 5, "confirm": 2, "max_repeats": 2}})
    grown = resume_run(run_search(spec, runs_dir=tmp_path).path, changes={"search.repeats": 2})
    stages = {(result.trial.repeat, result.trial.stage) for result in grown.results}
    assert {(0, ""), (1, "")} <= stages
    assert (1, "confirm") not in stages
    numbers = [result.trial.number for result in grown.results]
    assert sorted(numbers) == list(range(len(numbers)))


def test_extend_compares_with_a_rate_well_inside():
    """Between two rates that are close together, any slope looks flat."""
    close = [1e-4, 2e-4, 4e-4, 4.1e-4, 4.2e-4]
    slope = lambda lr, _: min(0.95, 0.5 + 0.2 * np.log10(lr / 1e-4))  # noqa: E731
    assert max(rates_of(walk(slope, lr=close, extend=True), "extend")) > 1e-2


def test_the_plan_counts_the_most_trials_of_the_stages():
    """These are both ends extended, all rates refined, and the best confirmed with every seed."""
    spec = make_spec({"search": {"points": 5, "repeats": 2, "extend": True, "refine": 4, "confirm": 3}})
    assert n_further("grid", spec) == {"extend": 36, "refine": 8, "confirm": 15}
    assert n_further("grid", make_spec({"search": {"points": 5}})) == {}
    assert n_further("grid", make_spec({"search": {"points": 5, "confirm": 50}})) == {"confirm": 25}
