"""The scale of scores: what a point is worth, and which way is up."""

from __future__ import annotations

from dataclasses import replace

import pytest

from factories import make_result, make_task
from lrsearch.analysis.ranking import SHARES, learned_scores, rank_results, sampler_score, scale_of
from lrsearch.analysis.ranking.target import target_score
from lrsearch.catalog import METRICS, VAL_ACCURACY, find_metric

LOSS = METRICS["val_loss"]
TASK = make_task(val_entropy=2.3)


def of_loss(lr, loss, *, repeat=0, **more):
    """The result of a training that is scored by its validation loss."""
    return make_result(lr, loss, repeat=repeat, val_loss=loss, accuracies=(0.9, 0.9), **more)


def test_shares_are_their_own_levels():
    """No number of an accuracy changes."""
    assert scale_of(VAL_ACCURACY, make_task(majority=0.1), {0.1: [0.9]}) == replace(SHARES, constant=0.1)
    assert (SHARES.level(0.9), SHARES.score(0.9), SHARES.bounds, SHARES.margin) == (0.9, 0.9, (0.0, 1.0), 0.0025)


def test_a_loss_is_counted_from_the_best_constant_answer():
    """Its margin is 1 % of the distance from there to the best mean."""
    scale = scale_of(LOSS, TASK, {0.1: [0.2, 0.4], 1.0: [5.0]})
    assert (scale.span, scale.is_from_constant) == (pytest.approx(2.0), True)
    assert scale.margin == pytest.approx(0.02)
    assert scale.level(0.3) - scale.level(2.3) == pytest.approx(1.0)
    assert scale.score(scale.level(0.7)) == pytest.approx(0.7)
    assert scale.interval(scale.level(0.7), scale.level(0.5)) == pytest.approx((0.5, 0.7))
    assert scale.bounds == (-float("inf"), 0.0)
    assert scale.margin_level(0.05) == pytest.approx(0.025)
    assert scale.margin_level(None) == LOSS.margin


@pytest.mark.parametrize("task", [make_task(), make_task(val_entropy=0.2)])
def test_without_a_constant_a_point_is_the_spread_of_trainings(task):
    """Also if no rate is better than the constant prediction."""
    scale = scale_of(LOSS, task, {0.1: [0.3, 0.5], 1.0: [0.5, 0.6]})
    assert (scale.span, scale.is_from_constant) == (pytest.approx(100 * 0.005**0.5), False)
    single = scale_of(LOSS, task, {0.01: [0.9], 0.1: [0.3], 0.2: [0.4], 1.0: [50.0]})
    assert single.span == pytest.approx(0.6)
    assert scale_of(LOSS, task, {0.1: [0.3]}).span == 0.3
    assert scale_of(LOSS, task, {}).span == 1.0


def test_only_rates_that_learned_count_for_the_scale():
    """A fault does not count against its rate."""
    results = [of_loss(0.1, 0.3), of_loss(0.1, 0.3, repeat=1, state="killed"), of_loss(1.0, 0.1, learned=False)]
    assert learned_scores(results) == {0.1: [0.3]}


def test_the_ranking_puts_the_lowest_loss_first():
    """Without a constant prediction of the same metric there is no time to a target."""
    results = [of_loss(lr, loss) for lr, loss in ((0.01, 0.5), (0.1, 0.2), (1.0, 0.9))]
    ranking = rank_results([*results, make_result(3.0, 0.1, val_loss=0.1, learned=False)], TASK, LOSS)
    assert [row.lr for row in ranking.rows] == [0.1, 0.01, 1.0, 3.0]
    assert ranking.best.score == 0.2
    assert (ranking.best.val_accuracy, ranking.best.val_accuracy_sd, ranking.best.metric) == (0.9, None, "val_loss")
    assert ranking.constant == 2.3
    assert [row.epochs_to_target for row in ranking.rows] == [1, None, None, None]
    assert rank_results(results, make_task(), LOSS).best.epochs_to_target is None


def test_the_target_lies_between_the_constant_answer_and_the_best():
    """At 99 % of the way."""
    assert target_score(LOSS, 0.3, 2.3) == pytest.approx(0.32)
    assert target_score(LOSS, 2.5, 2.3) is target_score(LOSS, 0.3, None) is None


def test_a_sampler_is_told_no_infinite_loss():
    """What broke gets the constant's loss, or the worst finite one so far; higher is better for a sampler."""
    score_of = sampler_score(2.3, LOSS)
    broken = make_result(0.1, state="diverged")
    assert [score_of(each) for each in (broken, of_loss(0.1, 0.4), broken)] == [-2.3, -0.4, -2.3]
    assert [score_of(each) for each in (of_loss(1.0, 5.0), of_loss(1.0, float("inf")), broken)] == [-5.0, -5.0, -5.0]


def test_a_sampler_that_knows_no_constant():
    """It is told nothing of what broke until a training has a score."""
    score_of = sampler_score(None, find_metric("perplexity", "min"))
    broken = make_result(0.1, state="diverged")
    assert [score_of(each) for each in (broken, of_loss(0.1, 4.0), broken)] == [None, -4.0, -4.0]
