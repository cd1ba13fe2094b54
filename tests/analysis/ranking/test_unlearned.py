"""Why a rate learned nothing: not yet, collapsed, or nobody can tell."""

from __future__ import annotations

from dataclasses import replace

import pytest

from factories import make_result, make_task
from lrsearch.analysis.ranking import edge_warning, first_collapse, name_unlearned, rank_results

SKEWED = make_task(label_entropy=0.3, val_entropy=0.3)


def unlearned(lr, losses, *, untrained=2.31, val_loss=3.0, repeat=0):
    """A result that did not learn."""
    result = make_result(lr, 0.1, learned=False, losses=losses, val_loss=val_loss, repeat=repeat)
    return replace(result, untrained_loss=untrained)


def names(results, task=None):
    """The names, by rate; results of one seed."""
    found = name_unlearned({result.trial.lr: [result] for result in results}, task)
    return {lr: name for (_, lr, *_), name in found.items()}


def alone(losses, task, **more):
    """The name of a rate that was tried alone."""
    (name,) = names([unlearned(0.1, losses, **more)], task).values()
    return name


def test_a_loss_that_hardly_moved_is_not_yet(task):
    """Also one that fell a little, and that of a single epoch."""
    assert alone((2.35, 2.31), task) == "not yet"
    assert alone((2.30,), task) == "not yet"
    assert alone((2.32, 2.33), task) == "not yet"  # chance


def test_a_loss_that_rose_has_collapsed(task):
    """Over the epochs, or above that of the untrained network, even if it came down again."""
    for losses in ((2.31, 2.35), (1.5, 2.2), (5.7, 2.305), (5.7,), (float("nan"),), ()):
        assert alone(losses, task) == "collapsed", losses


def test_the_untrained_network_tells_a_blow_up_from_a_bad_start(task):
    """A network of your own may begin with a loss of 9."""
    assert alone((9.0, 8.9), task, untrained=9.1) == "not yet"
    assert alone((9.0, 8.9), task) == "collapsed"


def test_a_start_below_chance_level_is_not_yet(task):
    """The random weights happen to fit a little."""
    assert alone((2.2, 2.19), task, untrained=2.2) == "not yet"
    assert alone((2.2, 2.1), task, untrained=2.2) == "cannot tell"


def test_skewed_classes_and_a_rate_far_too_low():
    """The untrained network's loss is far above that of the best constant, and falls towards it."""
    assert alone((2.30, 2.28), SKEWED) == "not yet"
    assert alone((1.90, 1.00), SKEWED) == "not yet"
    assert alone((0.60, 0.31), SKEWED) == "cannot tell"  # as far as a constant prediction gets


@pytest.mark.parametrize(("losses", "val_loss"), [((1.0, 0.2), 4.0), ((41.0,), 0.01)], ids=["training", "at the end"])
def test_training_that_works_has_not_collapsed(task, losses, val_loss):
    """Too few validation images to show it, or a blow-up within the only epoch from which it recovered."""
    assert alone(losses, task, val_loss=val_loss) == "cannot tell"


def test_the_place_among_the_rates_decides_where_the_losses_cannot(task):
    """A network that answers the same everywhere has the loss of an untouched one."""
    flat = (2.31, 2.305)
    results = [unlearned(1e-3, flat), make_result(0.1, 0.9), unlearned(1.0, flat), unlearned(3.0, (1.5, 0.9))]
    assert names(results, task) == {1e-3: "not yet", 1.0: "collapsed", 3.0: "cannot tell"}
    below = [unlearned(1e-4, (1.5, 0.9)), unlearned(1e-3, (9.0, 2.4)), make_result(0.1, 0.9)]
    assert names(below, task) == {1e-4: "not yet", 1e-3: "collapsed"}
    assert names([unlearned(1e-3, (9.0, 2.4), untrained=None), make_result(0.1, 0.9)], task) == {1e-3: "not yet"}


def test_without_a_best_rate_the_first_failure_decides(task):
    """Every rate above it has collapsed too, even if its loss hardly moved."""
    flat = (2.32, 2.31)
    results = [
        unlearned(1.0, flat),
        make_result(0.1, state="diverged", losses=()),
        unlearned(1e-5, flat),
        make_result(1e-6, state="killed", losses=()),
    ]
    assert names(results, task) == {1e-5: "not yet", 1.0: "collapsed"}


def test_a_rate_that_trained_some_seeds_serves_as_the_best():
    """It is used if no rate trained with every seed."""
    results = {
        0.001: [make_result(0.001, 0.1, learned=False)],
        0.1: [make_result(0.1, 0.9), make_result(0.1, 0.1, learned=False, repeat=1, losses=(2.3, 9.0))],
    }
    assert {key[1]: name for key, name in name_unlearned(results).items()} == {0.001: "not yet", 0.1: "collapsed"}


def test_an_unknown_baseline_collapses_nothing(task):
    """A result that nobody tested ranks by its score."""
    results = [replace(make_result(lr, 0.1, losses=(2.3, 9.0)), learned=None) for lr in (0.1, 1.0)]
    assert name_unlearned({result.trial.lr: [result] for result in results}, task) == {}
    assert [row.state for row in rank_results(results, task).rows] == ["ok", "ok"]


def test_only_what_broke_bounds_the_stability_limit(task):
    """A rate of which nobody can tell does not, nor does one that had not learned yet."""
    results = [unlearned(1e-3, (2.31, 2.31)), make_result(0.1, 0.9), unlearned(0.3, (1.5, 0.9))]
    ranking = rank_results(results, task)
    assert {row.lr: row.state for row in ranking.rows} == {1e-3: "not yet", 0.1: "ok", 0.3: "cannot tell"}
    assert first_collapse(ranking) is None
    assert edge_warning(ranking) is None
    assert first_collapse(rank_results([*results, unlearned(1.0, (2.3, 9.0))], task)) == 1.0
