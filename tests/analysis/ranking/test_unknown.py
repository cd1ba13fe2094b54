"""A task whose baselines are unknown."""

from __future__ import annotations

import pytest

from factories import make_result
from lrsearch.analysis.ranking import name_unlearned, rank_results, sampler_score
from lrsearch.records import Baseline, Task

UNKNOWN = Task(name="train.py", metrics={"val_accuracy": Baseline()})


def test_without_a_baseline_nothing_collapsed():
    """Whatever the losses did: `cannot tell`."""
    results = [make_result(1.0, 0.1, learned=False, losses=losses) for losses in ((2.3, 9.0), (2.3, 2.3), (2.3, 0.1))]
    for result in results:
        assert list(name_unlearned({1.0: [result]}, UNKNOWN).values()) == ["cannot tell"]
    assert rank_results(results[:1], UNKNOWN).rows[0].state == "cannot tell"
    assert name_unlearned({1.0: [make_result(1.0, 0.1, learned=None)]}, UNKNOWN) == {}


def test_without_a_number_of_examples_no_rate_is_clearly_worse():
    """The error of a score is not known."""
    rows = rank_results([make_result(0.1, 0.9), make_result(1.0, 0.1, learned=None)], UNKNOWN).rows
    assert [row.state for row in rows] == ["ok", "ok"]


def test_the_task_knows_the_loss_of_an_untrained_network():
    """Where a result does not: then a bad start is no blow-up."""
    task = Task(name="t", metrics={"train_loss": Baseline(constant=2.3, untrained=9.1)})
    result = make_result(0.1, 0.1, learned=False, losses=(9.0, 8.9), val_loss=9.0)
    assert list(name_unlearned({0.1: [result]}, task).values()) == ["not yet"]


@pytest.mark.parametrize(("constant", "told"), [(None, [None, 0.9, 0.9, 0.4, 0.4]), (0.6, [0.6, 0.9, 0.6, 0.4, 0.4])])
def test_a_sampler_is_told_the_worst_score_where_no_constant_is_known(constant, told):
    """And nothing before there is a score."""
    score_of = sampler_score(constant)
    broke = make_result(9.0, None, state="diverged")
    results = [broke, make_result(0.1, 0.9), broke, make_result(0.2, 0.4, learned=None), broke]
    assert [score_of(result) for result in results] == told
