"""The answer in a few lines."""

from dataclasses import replace

from lrsearch.analysis.evidence import ArmComparison
from lrsearch.reporting.terminal.answer import answer_lines, arms_line, limits_line, run_answer


def test_the_answer_is_the_recommendation(run_of):
    """What to take, what to expect, what was observed, and why."""
    evidence = run_of(lr={"low": 1e-2, "high": 50.0}, points=20, repeats=3).best_evidence
    first, reason, limits = answer_lines(evidence, 500)
    found = evidence.recommendation
    assert first.startswith(f"recommended lr {found.lr:.3g}: expected validation accuracy {found.expected:.3f} ")
    assert f"(best observed: {evidence.observed:.3f} at {evidence.leader:.3g}, of 20 rates; " in first
    assert reason == found.reason
    assert "statistically tied: " in limits
    assert "plateau (within " in limits
    assert "seed noise: standard deviation " in limits


def test_one_seed_and_one_rate(run_of):
    """Nothing is claimed of what was not tried."""
    evidence = run_of(lr=[0.1]).best_evidence
    lines = answer_lines(evidence, 500, of_best_epochs=True)
    assert "(observed: " in lines[0]
    assert "scores of the best epoch are too high on average" in lines[0]
    assert limits_line(evidence) == "the seed noise was not measured; --confirm 3 measures the noise"


def test_a_clear_winner(run_of):
    """Tied with nothing."""
    evidence = run_of(lr=[1e-3, 0.1]).best_evidence
    alone = replace(evidence, tied_low=evidence.leader, tied_high=evidence.leader)
    assert "0.1 is better than every other rate tried" in limits_line(alone)


def test_arms_that_are_told_apart():
    """The best arm, the next one, and what to expect of both."""
    found = ArmComparison(expected={"b": 0.95, "a": 0.9, "c": 0.7}, tied=("b",), n_seeds=3, bound=0.01)
    assert arms_line(found, "b") == "arms: b is better than every other arm: expected 0.950, then a 0.900; 3 seeds"
    two = replace(found, expected={"b": 0.95, "a": 0.9})
    assert arms_line(two, "b").startswith("arms: b is better than the other arm: ")


def test_arms_that_are_tied():
    """The first of the ranking need not have the highest expected score."""
    found = ArmComparison(expected={"b": 0.95, "a": 0.949, "c": 0.7}, tied=("b", "a"), n_seeds=2, bound=0.01)
    line = (
        "arms: chance may have put a (expected 0.949) first: b (expected 0.950) is statistically tied with it; 2 seeds"
    )
    assert arms_line(found, "a") == line
    many = ArmComparison(expected={f"{i}": 0.9 for i in range(9)}, tied=tuple(map(str, range(9))), n_seeds=2, bound=0.1)
    assert arms_line(many, "0").count("expected") == 6
    assert "and 3 more are statistically tied" in arms_line(many, "0")


def test_arms_with_one_seed():
    """Nothing is known of the noise between them."""
    found = ArmComparison(expected={"b": 0.95, "a": 0.9}, n_seeds=1)
    assert arms_line(found, "b") == (
        "arms: one seed for each rate cannot show whether b is better than the others; use --repeats 3"
    )
    assert "seeds that differ from arm to arm cannot show" in arms_line(replace(found, n_seeds=0), "b")


def test_the_answer_of_a_run_with_arms(run_of):
    """Ends with the line about the arms; a run without arms has none."""
    arms = {"sgd": {"train.optimizer": "sgd"}, "adam": {"train.optimizer": "adam"}}
    assert run_answer(run_of(points=4, repeats=3, arms=arms))[-1].startswith("arms: ")
    assert not any(line.startswith("arms: ") for line in run_answer(run_of(points=4, repeats=3)))
