"""Arms are judged as rates are: by their expected scores, paired by seeds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.arms import SCENES, simulate
from factories import make_result, make_task
from lrsearch.analysis.evidence import compare_arms, weigh
from lrsearch.analysis.evidence.arms import losses_of, near_best, tie_arms

TASK = make_task(n_val=1000)
RATES = (0.001, 0.01, 0.1)


def results_of(arms, *, stage="", first=0):
    """A result for each arm, rate and seed: `arms` has a score for each rate (rows) and seed (columns)."""
    return [
        make_result(arm=arm, lr=lr, repeat=first + seed, score=score, stage=stage)
        for arm, table in arms.items()
        for lr, scores in zip(RATES, table, strict=False)
        for seed, score in enumerate(scores)
    ]


def compared(results):
    """The comparison of the arms of some results."""
    arms = sorted({result.trial.arm for result in results})
    evidence = {arm: weigh(results, TASK, arm) for arm in arms}
    return compare_arms(results, evidence, dict.fromkeys(arms, TASK)), evidence


GOOD = [[0.80, 0.81, 0.805], [0.90, 0.91, 0.905], [0.85, 0.86, 0.857]]
CLOSE = [[0.80, 0.80, 0.81], [0.902, 0.906, 0.907], [0.85, 0.86, 0.85]]
BAD = [[0.60, 0.61, 0.605], [0.70, 0.71, 0.704], [0.65, 0.66, 0.657]]


def test_a_clearly_better_arm_is_told_apart():
    """And the arms stand in the order of their expected scores."""
    found, evidence = compared(results_of({"a": BAD, "b": GOOD}))
    assert found.tied == ("b",)
    assert list(found.expected) == ["b", "a"]
    assert found.expected["b"] == pytest.approx(evidence["b"].recommendation.expected)
    assert found.n_seeds == 3
    assert 0 < found.bound < 0.1


def test_arms_that_differ_by_chance_are_tied():
    """Whichever of them has the highest score."""
    found, _ = compared(results_of({"a": GOOD, "b": CLOSE, "c": BAD}))
    assert set(found.tied) == {"a", "b"}
    assert list(found.expected)[2] == "c"


def test_arms_are_paired_by_seeds():
    """A seed that is hard for all arms alike hides no difference."""
    effect = np.array([0.0, -0.04, 0.03])
    found, _ = compared(results_of({"a": np.add(GOOD, effect), "b": np.add(GOOD, effect) - 0.01}))
    assert found.tied == ("a",)
    assert found.bound < 0.005


@pytest.mark.parametrize("seeds", [1, 0])
def test_one_seed_shows_nothing(seeds):
    """Then there is no tie group and no bound, but the order stands. The same holds if the arms share no seed."""
    n = 3 if seeds == 0 else 1
    results = results_of({"a": [row[:n] for row in BAD]}) + results_of(
        {"b": [row[:n] for row in GOOD]}, first=3 - 3 * seeds
    )
    found, _ = compared(results)
    assert (found.tied, found.bound, found.n_seeds) == ((), None, seeds)
    assert list(found.expected) == ["b", "a"]


def test_an_arm_without_evidence_is_left_out():
    """An arm in which nothing trained takes no part; one arm alone is not compared."""
    broken = [replace(result, state="diverged", score=None) for result in results_of({"c": BAD})]
    found, _ = compared([*results_of({"a": GOOD, "b": CLOSE}), *broken])
    assert set(found.expected) == {"a", "b"}
    assert compared([*results_of({"a": GOOD}), *broken])[0] is None


def test_confirmed_rates_alone_count():
    """The first seeds chose them, and are too good."""
    lucky = [[0.5], [0.99], [0.6]]
    confirmed = results_of({"a": BAD[1:2], "b": GOOD[1:2]}, stage="confirm", first=1)
    moved = [replace(each, trial=replace(each.trial, lr=0.01)) for each in confirmed]
    found, _ = compared([*results_of({"a": lucky, "b": lucky}), *moved])
    assert found.tied == ("b",)
    assert found.expected["b"] == pytest.approx(0.905)


def test_equal_arms_have_no_winner_by_chance():
    """5 rates against 20, and the other way round: a false winner in at most 5 % (here of 40 searches)."""
    rng = np.random.default_rng(0)
    winners = [simulate(SCENES["same, not across arms"], sizes, 3, rng) for sizes in [(5, 20), (20, 5)] * 20]
    assert len(winners) - winners.count(None) <= 5  # more in 1 % of such simulations, at 5 %


def test_a_better_arm_is_found():
    """By two points, at a noise of half a point."""
    rng = np.random.default_rng(0)
    assert [simulate(SCENES["curved peak"], (5, 20), 5, rng, gap=0.02) for _ in range(5)] == ["0"] * 5


def test_the_level_holds_for_any_number_of_equal_arms():
    """Without rates to choose from: values of arms that differ by noise alone."""
    rng = np.random.default_rng(0)
    for k in (2, 3, 6):
        tables = [rng.standard_normal((k, 4)) * 0.01 for _ in range(400)]
        n_false = sum(int(tie_arms(table.mean(axis=1), table)[0].sum()) == 1 for table in tables)
        assert n_false / len(tables) <= 0.075


def test_a_noisy_bad_arm_does_not_tie_the_others():
    """The noise is that of arms within five points of the best."""
    values = np.array([[0.90, 0.901, 0.902], [0.88, 0.881, 0.8825], [0.3, 0.7, 0.1]])
    means = values.mean(axis=1)
    tied, _ = tie_arms(means, values[near_best(means)])
    assert tied.tolist() == [True, False, False]
    assert near_best(np.array([0.2, 0.9, 0.3])).tolist() == [1, 2]


def test_a_higher_score_is_better():
    """In one place."""
    assert losses_of(np.array([0.9, 0.95])).tolist() == pytest.approx([0.05, 0.0])
