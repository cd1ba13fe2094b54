"""The verdict on one rate."""

from __future__ import annotations

import math

import pytest

from factories import make_result
from lrsearch.analysis.evidence.verdicts import (
    broke_before_pruning,
    has_turned,
    lowest_epoch,
    mean_learning_curve,
    outcome_of,
    rate_verdict,
)
from lrsearch.records import Baseline, Task

TIED = (0.01, 0.03, 0.1)


@pytest.mark.parametrize(
    ("lr", "outcomes", "expected"),
    [
        (0.01, "tt", "good"),
        (0.1, "tt", "good"),
        (0.02, "tt", "good"),  # not tied itself, but between two that are
        (0.003, "tt", "too low"),
        (0.003, "bt", "too low"),
        (0.003, "bb", "too low"),
        (0.003, "uu", "too low"),
        (0.3, "tt", "too high"),
        (0.3, "bb", "too high"),
        (0.3, "bt", "unstable"),
        (0.3, "bn", "unstable"),
        (0.02, "bb", "unstable"),  # it fails, and higher rates do not
        (0.02, "u", "unstable"),
        (0.02, "tu", "unstable"),
        (0.3, "nn", "unknown"),
        (0.3, "tn", "unknown"),
        (0.3, "", "unknown"),
    ],
)
def test_verdict_of_a_rate(lr, outcomes, expected):
    """It depends on the position beside the tied rates (0.01 to 0.1, best 0.03) and on how the seeds ended."""
    words = {"t": "trained", "u": "unlearned", "b": "broke", "n": "nothing"}
    assert rate_verdict(lr, [words[letter] for letter in outcomes], tied=TIED, leader=0.03) == expected


def test_only_rates_worse_than_the_tied_ones_overfit():
    """A tied rate is good, whatever its validation loss did."""
    assert rate_verdict(0.3, ["trained"], tied=TIED, leader=0.03, overfits=True) == "overfitting"
    assert rate_verdict(0.003, ["trained"], tied=TIED, leader=0.03, overfits=True) == "overfitting"
    assert rate_verdict(0.03, ["trained"], tied=TIED, leader=0.03, overfits=True) == "good"
    assert rate_verdict(0.3, ["broke"], tied=TIED, leader=0.03, overfits=True) == "too high"


def test_outcome_of_a_repeat():
    """Faults, pruning, damaged results and those that cannot be told say nothing about a rate."""
    assert outcome_of(make_result(0.1, 0.9)) == "trained"
    assert outcome_of(make_result(0.1, state="diverged")) == "broke"
    unlearned = make_result(0.1, 0.1, learned=False)
    names = {"not yet": "unlearned", "collapsed": "broke", "cannot tell": "nothing"}
    assert {name: outcome_of(unlearned, name) for name in names} == names
    for state in ("pruned", "failed", "oom", "killed"):
        assert outcome_of(make_result(0.1, 0.5, state=state)) == "nothing"
    for score in (None, math.nan, math.inf):
        assert outcome_of(make_result(0.1, score)) == "nothing"


@pytest.mark.parametrize(
    ("losses", "state", "broke"),
    [
        ((2.0, 2.4), "pruned", True),
        ((3.0, 2.2), "pruned", False),
        ((2.0, math.nan), "pruned", True),
        ((2.0, 2.4), "ok", False),
    ],
)
def test_a_pruned_training_may_have_broken(losses, state, broke):
    """If its training loss ended above that of a constant prediction; the recommended rate keeps away from it."""
    task = Task(name="digits", metrics={"train_loss": Baseline(constant=2.3)})
    result = make_result(state=state, losses=losses)
    assert broke_before_pruning(result, task) == broke
    assert not broke_before_pruning(result, Task(name="train.py"))


def test_a_turned_validation_loss():
    """It is lowest before the last quarter and ends 10 % higher, while the training loss still falls."""
    falling = [1.0, 0.5, 0.3, 0.2, 0.15, 0.12, 0.11, 0.1]
    turned = [1.0, 0.5, 0.4, 0.41, 0.42, 0.43, 0.44, 0.45]
    assert has_turned(turned, falling)
    assert not has_turned([*turned[:7], 0.43], falling)  # 7.5 %
    assert not has_turned(turned, [1.0, 0.5, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8])  # training broke
    assert not has_turned([1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.3, 0.45], falling)  # lowest in the last quarter
    assert not has_turned([*turned[:7], math.nan], falling)
    assert not has_turned([], [])
    assert not has_turned([math.nan] * 4, [1.0] * 4)


def test_lowest_epoch():
    """Epochs count from 1; NaN is ignored."""
    assert lowest_epoch([0.5, math.nan, 0.3, 0.4]) == 3
    assert lowest_epoch([math.nan]) is None


def test_mean_learning_curve():
    """A repeat that stopped early keeps its last value."""
    results = [make_result(0.1, 0.9, losses=(1.0, 0.5, 0.3)), make_result(0.1, 0.9, losses=(2.0, 0.7))]
    assert mean_learning_curve(results, lambda point: point.train_loss) == pytest.approx([1.5, 0.6, 0.5])
    assert mean_learning_curve([], lambda point: point.train_loss) == []
    broken = [make_result(0.1, 0.9, losses=(1.0, math.inf))]
    assert math.isnan(mean_learning_curve(broken, lambda point: point.train_loss)[1])
