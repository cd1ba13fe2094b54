"""What a final training trains, and what its search expects."""

import pytest

from factories import make_result, make_task
from lrsearch.analysis.evidence import weigh
from lrsearch.errors import UsageError
from lrsearch.final import of_run, of_spec, without_expectation
from lrsearch.spec import make_spec

SPEC = make_spec(
    {"train": {"epochs": 3}, "search": {"repeats": 2, "refine": 4, "confirm": 2, "extend": True, "suggested": 0.1}}
)
PLAIN = {"lr": None, "epochs": None, "seeds": 2, "with_validation": False}


@pytest.fixture
def evidence():
    """Evidence of seven rates with two seeds each; the best ones near 0.1."""
    scores = {0.001: 0.7, 0.003: 0.8, 0.01: 0.88, 0.03: 0.9, 0.1: 0.91, 0.3: 0.9, 1.0: 0.85}
    results = [
        make_result(lr, score + 0.002 * repeat, number=2 * i + repeat, proposal=i, repeat=repeat)
        for i, (lr, score) in enumerate(scores.items())
        for repeat in range(2)
    ]
    return weigh(results, make_task(n_val=500))


def test_the_recommended_rate_is_trained_alone(evidence):
    """One rate in the list, the seeds that were asked for, and none of the stages of a search."""
    chosen = of_run("runs/x", SPEC, evidence, **PLAIN)
    search = chosen.spec.search
    assert search.lr == (pytest.approx(evidence.recommendation.lr, rel=1e-3),)
    assert (search.repeats, search.refine, search.confirm, search.extend, search.suggested) == (2, 0, 0, False, None)
    assert chosen.spec.train == SPEC.train


def test_the_expectation_is_that_of_the_search(evidence):
    """Score, seed noise, and the error of the score by two seeds."""
    plan = of_run("runs/x", SPEC, evidence, **PLAIN).plan
    assert plan.search == "runs/x"
    assert plan.expected == evidence.recommendation.expected
    assert plan.seed_sd == evidence.noise.sd
    assert plan.expected_sd == pytest.approx(evidence.noise.sd / 2**0.5)
    assert plan.reason.startswith("recommended: the centre of the top")


@pytest.mark.parametrize("changed", [{"lr": 0.03}, {"epochs": 5}])
def test_another_rate_or_length_has_no_expectation(evidence, changed):
    """The search says nothing about trainings that it did not make."""
    chosen = of_run("runs/x", SPEC, evidence, **{**PLAIN, **changed})
    assert chosen.plan.expected is None
    assert chosen.plan.expected_sd is None
    assert chosen.spec.train.epochs == changed.get("epochs", 3)


def test_without_expectation_keeps_the_reason(evidence):
    """Only the expected score and its errors go."""
    chosen = of_run("runs/x", SPEC, evidence, **PLAIN)
    plain = without_expectation(chosen)
    assert (plain.plan.reason, plain.plan.search) == (chosen.plan.reason, "runs/x")
    assert (plain.plan.expected, plain.plan.expected_sd, plain.plan.seed_sd) == (None, None, None)


def test_a_search_without_a_recommendation_needs_a_rate():
    """The message names the flag."""
    with pytest.raises(UsageError, match="runs/x: the search recommends no rate; name one with --lr"):
        of_run("runs/x", SPEC, None, **PLAIN)
    assert of_run("runs/x", SPEC, None, **{**PLAIN, "lr": 0.5}).spec.search.lr == (0.5,)


def test_a_spec_needs_a_rate():
    """Nothing recommends one."""
    with pytest.raises(UsageError, match="a spec has no recommended rate; give the rate with --lr"):
        of_spec(SPEC, **PLAIN)
    assert of_spec(SPEC, **{**PLAIN, "lr": 0.5}).spec.search.lr == (0.5,)
