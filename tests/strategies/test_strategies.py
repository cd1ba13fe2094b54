"""Strategies: which rates they propose, in which order, for which seed."""

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from factories import make_result
from lrsearch.errors import UsageError
from lrsearch.interfaces import Answer
from lrsearch.spec import make_spec
from lrsearch.strategies import make_strategy, planned_rates, space_of
from lrsearch.strategies.space import Space, apart_from, grid_rates


def hill(lr):
    """A score with its maximum at 0.1."""
    return math.exp(-((math.log10(lr) + 1) ** 2))


def drive(strategy, score=hill):
    """Ask and tell until the end; returns the trials in their order."""
    trials, waiting = [], []
    while (answer := strategy.ask()) is not Answer.DONE:
        if answer is Answer.WAIT:
            assert waiting, "waits with nothing to wait for"
            for trial in waiting:
                strategy.tell(make_result(trial=trial, score=score(trial.lr)))
            waiting = []
        else:
            trials.append(answer)
            waiting.append(answer)
    return trials


def search_trials(name, known=None, score=hill, **search):
    """All trials of a search with these keys in the spec's search section."""
    spec = make_spec({"search": search, "train": {"epochs": 2}})
    return drive(make_strategy(name, spec, sampler_score=lambda result: result.score, known=known or {}), score)


@pytest.mark.parametrize("name", ["grid", "random", "bayes"])
def test_trials_are_numbered_without_gaps(name):
    """Numbers start at 0; each rate comes once for each repeat, and all rates are in the range."""
    trials = search_trials(name, trials=10, points=10, repeats=2)
    assert [trial.number for trial in trials] == list(range(20))
    assert len({trial.key for trial in trials}) == 20
    space = space_of(make_spec({}))
    assert all(space.low <= trial.lr <= space.high for trial in trials)
    assert all(trial.until == trial.horizon == 2 for trial in trials)


def test_grid_has_three_points_a_decade():
    """The default grid of sgd with momentum goes from 1e-4 to 3, both included, in round numbers."""
    rates = planned_rates("grid", make_spec({}))
    assert len(rates) == 14
    assert (rates[0], rates[-1]) == (1e-4, 3.0)
    assert all(rate == float(f"{rate:.3g}") for rate in rates)


@given(
    low=st.floats(1e-8, 1.0),
    decades=st.floats(0.01, 8),
    points=st.integers(2, 60),
    scale=st.sampled_from(["log", "linear"]),
)
def test_grid_is_rising_with_exact_ends(low, decades, points, scale):
    """It has as many rates as asked for, ascending, from end to end."""
    space = Space(low, low * 10**decades, scale)
    rates = grid_rates(space, points)
    assert len(rates) == points
    assert (rates[0], rates[-1]) == (space.low, space.high)
    assert list(rates) == sorted(set(rates))


@given(points=st.integers(2, 40))
def test_a_grid_of_2n_minus_1_points_contains_that_of_n(points):
    """So a grid can grow to a superset of itself."""
    space = Space(1e-4, 3.0)
    assert set(grid_rates(space, points)) <= set(grid_rates(space, 2 * points - 1))


def test_a_list_keeps_its_order():
    """The rates of a list are tried in the order given."""
    assert planned_rates("grid", make_spec({"search": {"lr": [0.1, 0.001, 0.01]}})) == (0.1, 0.001, 0.01)


@given(seed=st.integers(0, 2**31), n=st.integers(1, 30), more=st.integers(0, 30))
def test_a_larger_random_budget_only_adds(seed, n, more):
    """Rate number i depends only on the seed and on i."""
    few, many = (
        planned_rates("random", make_spec({"seed": seed, "search": {"trials": count}})) for count in (n, n + more)
    )
    assert many[:n] == few


def test_random_rates_are_uniform_in_the_logarithm():
    """Each decade gets an equal share."""
    rates = planned_rates("random", make_spec({"search": {"trials": 3000, "lr": {"low": 1e-3, "high": 1.0}}}))
    shares = [sum(10.0**-k <= rate < 10.0 ** (1 - k) for rate in rates) / 3000 for k in (1, 2, 3)]
    assert shares == pytest.approx([1 / 3] * 3, abs=0.04)


def test_random_from_a_list_takes_each_once():
    """Rates are drawn from a list without replacement."""
    rates = planned_rates("random", make_spec({"search": {"lr": [0.1, 0.01, 0.001], "trials": 10}}))
    assert sorted(rates) == [0.001, 0.01, 0.1]


def test_a_seed_of_bayes_gives_one_search():
    """The same seed proposes the same rates, another seed other rates."""
    first, second = (search_trials("bayes", trials=24) for _ in range(2))
    assert [trial.lr for trial in first] == [trial.lr for trial in second]
    spec = make_spec({"seed": 1, "search": {"trials": 24}})
    other = drive(make_strategy("bayes", spec, sampler_score=lambda result: result.score, known={}))
    assert [trial.lr for trial in other] != [trial.lr for trial in first]


@pytest.mark.parametrize("n_known", range(0, 25, 3))
def test_bayes_goes_on_as_if_it_had_not_stopped(n_known):
    """After any interruption, known proposals are kept and the rest are the same."""
    rates = [trial.lr for trial in search_trials("bayes", trials=24)]
    again = search_trials("bayes", trials=24, known=dict(enumerate(rates[:n_known])))
    assert [trial.lr for trial in again] == rates


def test_a_larger_bayes_budget_only_adds():
    """A round ends at a multiple of its size, so that a budget can grow in the middle of one."""
    few, many = ([trial.lr for trial in search_trials("bayes", trials=n)] for n in (14, 22))
    assert many[:14] == few


def test_bayes_waits_at_the_end_of_each_round():
    """`search.batch` rates are proposed before the next results are seen, whatever the executor."""
    spec = make_spec({"search": {"trials": 6, "batch": 4}})
    strategy = make_strategy("bayes", spec, sampler_score=lambda result: result.score, known={})
    asked = [strategy.ask() for _ in range(5)]
    assert asked[4] is Answer.WAIT
    for trial in asked[:3]:
        strategy.tell(make_result(trial=trial, score=0.5))
    assert strategy.ask() is Answer.WAIT
    strategy.tell(make_result(trial=asked[3], state="failed"))
    assert strategy.ask().number == 4


def test_bayes_searches_near_the_best_rates():
    """After the random start, most proposals are within a decade of the maximum."""
    rates = [trial.lr for trial in search_trials("bayes", trials=40)][10:]
    assert sum(0.01 < rate < 1.0 for rate in rates) > len(rates) / 2


def test_bayes_ends_even_if_every_trial_is_a_fault():
    """A fault gives the sampler no score."""
    trials = search_trials("bayes", trials=12, score=lambda _: None)
    assert len({trial.lr for trial in trials}) == 12


def test_bayes_refuses_a_list():
    """There are no rates between those of a list."""
    with pytest.raises(UsageError, match="`lrsearch grid` tries a list"):
        planned_rates("bayes", make_spec({"search": {"lr": [0.1, 0.01]}}))


def test_an_unknown_strategy_is_named():
    """The error names the strategies that exist."""
    with pytest.raises(UsageError, match="unknown strategy 'hyperband'; choose grid, random, bayes, halving or auto"):
        planned_rates("hyperband", make_spec({}))


def test_bayes_tries_the_suggested_rate_first():
    """This holds if the rate is in the range; proposals from before an interruption are kept."""
    suggested = [trial.lr for trial in search_trials("bayes", trials=6, suggested=0.0123)]
    plain = [trial.lr for trial in search_trials("bayes", trials=6)]
    assert suggested[0] == 0.0123
    assert suggested[1:4] == plain[1:4]  # in the same round rates are drawn at random, each by its number
    assert [trial.lr for trial in search_trials("bayes", trials=6, suggested=100.0)] == plain
    assert search_trials("bayes", known={0: 0.5}, trials=6, suggested=0.0123)[0].lr == 0.5


def test_auto_means_the_usual_range_before_the_range_test():
    """So a plan can be shown before the range test has run."""
    space = space_of(make_spec({"search": {"lr": "auto"}}))
    assert (space.low, space.high) == (1e-4, 3.0)
    assert "range test" in space.reason
    assert len(planned_rates("grid", make_spec({"search": {"lr": "auto", "points": 1}}))) == 1


@pytest.mark.parametrize(("scale", "high"), [("linear", 1 + 4e-16), ("log", 0.1 + 3e-17)])
@pytest.mark.parametrize("name", ["grid", "random", "bayes"])
def test_a_range_with_fewer_numbers_than_rates_is_refused(name, scale, high):
    """Two rates that are one number could never both have a result."""
    low = round(high, 1)
    spec = make_spec({"search": {"lr": {"low": low, "high": high, "scale": scale}, "trials": 10, "points": 10}})
    with pytest.raises(UsageError, match=r"search\.lr: .* holds too few floating-point numbers for 10 different rates"):
        planned_rates(name, spec)


@pytest.mark.parametrize(("scale", "step"), [("log", math.log(100) / 100), ("linear", 0.099 / 100)])
def test_no_rate_of_bayes_nearly_repeats_another(scale, step):
    """Where the estimator proposes almost a rate that was tried, the nearest rate that differs enough is tried."""
    trials = search_trials("bayes", trials=30, lr={"low": 1e-3, "high": 0.1, "scale": scale})
    rates = sorted(math.log(trial.lr) if scale == "log" else trial.lr for trial in trials)
    assert min(high - low for low, high in pairwise(rates)) >= 0.999 * step


def test_a_rate_is_moved_to_the_nearest_free_place():
    """Beside one rate, beside the ends, and between rates that leave no place at the usual distance."""
    space = Space(1e-2, 1e-1)
    step = 10**0.01  # a hundredth of the range
    assert apart_from(0.03, [0.05], space) == 0.03
    assert apart_from(0.0301, [0.03], space) == pytest.approx(0.03 * step)
    assert apart_from(0.01, [0.01], space) == pytest.approx(0.01 * step)
    assert apart_from(0.1, [0.1], space) == pytest.approx(0.1 / step)
    full = [0.01 * 10 ** (i / 100) for i in range(101)]
    moved = apart_from(full[50], full, space)
    assert moved not in full
    assert min(abs(math.log(moved / rate)) for rate in full) == pytest.approx(math.log(step) / 2)


def test_near_repetitions_in_the_log_stay_where_they_are():
    """A run of an earlier version may hold some; their results would be lost if they moved."""
    known = dict(enumerate([0.01, 0.0101, 0.01005]))
    assert [trial.lr for trial in search_trials("bayes", trials=3, known=known)] == [0.01, 0.0101, 0.01005]
