"""Rates that learned nothing: too low or collapsed."""

from __future__ import annotations

from factories import make_result
from lrsearch.analysis.ranking.trend import loss_hardly_moved, name_unlearned


def test_a_loss_near_the_label_entropy_hardly_moved(facts):
    """A loss that falls slightly near the label entropy counts; one that rose, blew up or is not finite does not."""
    assert loss_hardly_moved(make_result(1e-5, 0.1, learned=False, losses=(2.35, 2.31)), facts)
    assert not loss_hardly_moved(make_result(3.0, 0.1, learned=False, losses=(2.31, 2.35)), facts)
    assert not loss_hardly_moved(make_result(3.0, 0.1, learned=False, losses=(5.7, 2.305)), facts)
    assert not loss_hardly_moved(make_result(3.0, state="diverged", losses=(2.3, float("nan"))), facts)
    assert not loss_hardly_moved(make_result(3.0, state="diverged", losses=()), facts)


def test_one_epoch_needs_the_label_entropy(facts):
    """If the only epoch blew up, only the label entropy shows it."""
    blown_up = make_result(3.0, 0.1, learned=False, losses=(5.7,))
    assert loss_hardly_moved(blown_up)
    assert not loss_hardly_moved(blown_up, facts)


def test_names_follow_the_best_rate():
    """Rates below the best are too low and rates above it collapsed, whatever their losses."""
    repeats_of = {
        0.001: [make_result(0.001, 0.1, learned=False, losses=(9.0, 2.4))],
        0.1: [make_result(0.1, 0.9)],
        1.0: [make_result(1.0, 0.1, learned=False, losses=(2.31, 2.30))],
    }
    names = name_unlearned(repeats_of)
    assert (names[0.001], names[1.0]) == ("too low", "collapsed")


def test_a_rate_that_trained_some_seeds_serves_as_the_best():
    """It is used if no rate trained with every seed."""
    repeats_of = {
        0.001: [make_result(0.001, 0.1, learned=False)],
        0.1: [make_result(0.1, 0.9), make_result(0.1, 0.1, learned=False, repeat=1)],
    }
    assert name_unlearned(repeats_of) == {0.001: "too low", 0.1: "collapsed"}


def test_without_a_best_rate_the_losses_decide(facts):
    """Every rate above the first one that blew up has collapsed too, even if its loss hardly moved."""
    repeats_of = {
        1.0: [make_result(1.0, 0.1, learned=False, losses=(2.32, 2.31))],
        0.1: [make_result(0.1, state="diverged", losses=())],
        1e-5: [make_result(1e-5, 0.1, learned=False, losses=(2.32, 2.31))],
        1e-6: [make_result(1e-6, state="killed", losses=())],
    }
    names = name_unlearned(repeats_of, facts)
    assert names == {1e-6: "too low", 1e-5: "too low", 0.1: "collapsed", 1.0: "collapsed"}
