"""The answer in a few lines."""

from dataclasses import replace

from lrsearch.report.terminal.answer import answer_lines, limits_line


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
    assert "each score is that of the best epoch, which is optimistic" in lines[0]
    assert limits_line(evidence) == "seed noise not measured; --confirm 3 measures it"


def test_a_clear_winner(run_of):
    """Tied with nothing."""
    evidence = run_of(lr=[1e-3, 0.1]).best_evidence
    alone = replace(evidence, tied_low=evidence.leader, tied_high=evidence.leader)
    assert "0.1 is better than every other rate tried" in limits_line(alone)
