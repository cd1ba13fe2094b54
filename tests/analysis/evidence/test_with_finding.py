"""What `auto` found takes the place of the other statistics of an arm."""

from dataclasses import replace

import pytest

from factories import make_result, make_trial
from lrsearch.analysis.evidence import AutoFinding, Curve, weigh, with_finding
from lrsearch.analysis.ranking import SHARES
from lrsearch.records import Task

TASK = Task(name="digits", n_val=500, n_classes=10)
SCORES = {0.01: 0.93, 0.03: 0.96, 0.1: 0.97, 0.3: 0.95}
FOUND = AutoFinding(
    lr=0.07,
    expected=0.965,
    expected_low=0.95,
    expected_high=0.98,
    bound=0.004,
    tied_low=0.03,
    tied_high=0.14,
    top_low=0.04,
    top_high=0.12,
    top_margin=0.002,
    curve=Curve(kind="gaussian process", lrs=(0.01, 0.3), scores=(0.93, 0.95)),
    margin=0.005,
    is_settled=True,
    is_done=True,
    breaks_from=None,
    n_trainings=4,
    spent=5.0,
    budget=10,
    epochs=1,
    scan=(),
    scale=SHARES,
)


@pytest.fixture
def evidence():
    """The evidence in four whole trainings; the leader is 0.1."""
    trials = [make_trial(lr, number=i) for i, lr in enumerate(SCORES)]
    return weigh([make_result(trial=trial, score=SCORES[trial.lr]) for trial in trials], TASK)


def test_curve_ties_and_recommendation_are_those_of_auto(evidence):
    """The rates of its tied span are tied, the others are too low or too high."""
    own = with_finding(evidence, FOUND)
    assert (own.recommendation.lr, own.recommendation.expected) == (0.07, 0.965)
    assert (own.recommendation.low, own.recommendation.high, own.recommendation.margin) == (0.04, 0.12, 0.002)
    assert own.curve == FOUND.curve
    assert own.tied == (0.03, 0.1)
    assert (own.tied_low, own.tied_high) == (0.03, 0.1)
    assert [rate.verdict for rate in own.rates] == ["too low", "good", "good", "too high"]
    assert own.auto is FOUND
    assert own.knows_ties


def test_the_leader_is_tied_whatever_the_curve_says(evidence):
    """It is the best that was observed."""
    own = with_finding(evidence, replace(FOUND, tied_low=0.02, tied_high=0.05))
    assert own.tied == (0.03, 0.1)


def test_no_rate_and_no_curve(evidence):
    """Without a rate there is no evidence; without a curve only the rate is auto's."""
    assert with_finding(None, FOUND) is None
    assert with_finding(evidence, replace(FOUND, lr=None)) is None
    few = replace(FOUND, lr=0.1, expected=None, curve=None, bound=None)
    own = with_finding(evidence, few)
    assert (own.recommendation.lr, own.recommendation.low) == (0.1, 0.1)
    assert own.rates == evidence.rates


def test_the_ends_of_the_whole_trainings_are_no_ends_of_the_search(evidence):
    """The scan has looked beyond them."""
    steep = {lr: score for lr, score in SCORES.items() if lr <= 0.1}
    trials = [make_trial(lr, number=i) for i, lr in enumerate(steep)]
    edged = weigh([make_result(trial=trial, score=steep[trial.lr]) for trial in trials], TASK)
    assert "edge" in {remark.name for remark in edged.remarks}
    assert "edge" not in {remark.name for remark in with_finding(edged, FOUND).remarks}
