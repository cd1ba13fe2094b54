"""Writes the answer of a search: the recommended rate, the expected accuracy, and how certain both are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lrsearch.analysis.evidence import ArmComparison, Evidence
from lrsearch.wording import counted, rate_among, rate_between, some_of

if TYPE_CHECKING:
    from lrsearch.runs import Run

MOST_NAMED = 5
"""Most tied arms that a line names."""


def run_answer(run: Run) -> list[str]:
    """Write the answer for the best arm of a run. Return an empty list if no rate trained with every seed."""
    if run.best is None or run.best_evidence is None:
        return []
    n_val = run.manifest.task_of(run.best.arm).n_val
    lines = answer_lines(run.best_evidence, n_val, of_best_epochs=run.best_spec.search.scored_epoch == "best")
    return lines if run.comparison is None else [*lines, arms_line(run.comparison, run.best.arm)]


def arms_line(comparison: ArmComparison, first: str) -> str:
    """Write whether the results tell the first arm from the others.

    Args:
        comparison: The comparison of the arms.
        first: Name of the arm that the ranking puts first.
    """
    if comparison.bound is None:
        few = "one seed for each rate does" if comparison.n_seeds else "seeds that differ from arm to arm do"
        return f"arms: {few} not show whether {first} is better than the others; --repeats 3 does"
    expected, tied = comparison.expected, [arm for arm in comparison.tied if arm != first]
    seeds = counted(comparison.n_seeds, "seed")
    if comparison.tied == (first,):
        second = next(arm for arm in expected if arm != first)
        of_all = "the other" if len(expected) == 2 else "every other"
        return (
            f"arms: {first} is better than {of_all} arm: expected {expected[first]:.3f}, then {second} "
            f"{expected[second]:.3f}; {seeds}"
        )
    others = [f"{arm} (expected {expected[arm]:.3f})" for arm in tied]
    return (
        f"arms: chance may have put {first} (expected {expected[first]:.3f}) first: {some_of(others, MOST_NAMED)} "
        f"{'is' if len(others) == 1 else 'are'} statistically tied with it; {seeds}"
    )


def answer_lines(evidence: Evidence, n_val: int | None, *, of_best_epochs: bool = False) -> list[str]:
    """Write the answer for one arm.

    Args:
        evidence: The evidence of the arm.
        n_val: Number of validation images; None if it is not known.
        of_best_epochs: Whether each training was scored at its best epoch. Such scores are too high on average.
    """
    found = evidence.recommendation
    rates = [rate.lr for rate in evidence.rates]
    n_rates = len(rates)
    observed = f"observed: {evidence.observed:.3f}"
    if n_rates > 1:
        observed = f"best observed: {evidence.observed:.3f} at {rate_among(evidence.leader, rates)}, of {n_rates} rates"
    arm = f"arm {evidence.arm}, " if evidence.arm else ""
    optimistic = "; each score is that of the best epoch, which is optimistic" if of_best_epochs else ""
    seeds = f"mean over {counted(evidence.n_seeds, 'seed')}" if evidence.n_seeds > 1 else "one seed"
    images = "" if n_val is None else f", {counted(n_val, 'validation image')}"
    first = (
        f"recommended {arm}lr {rate_between(found.lr, rates)}: expected validation accuracy {found.expected:.3f} "
        f"({observed}; {seeds}{images}{optimistic})"
    )
    return [first, found.reason, limits_line(evidence)]


def limits_line(evidence: Evidence) -> str:
    """Write which rates are tied with the best, which rates form the plateau, and how large the seed noise is."""
    found, rates = evidence.recommendation, [rate.lr for rate in evidence.rates]
    parts = []
    if evidence.tied_low < evidence.tied_high:
        span = f"{rate_among(evidence.tied_low, rates)} to {rate_among(evidence.tied_high, rates)}"
        parts.append(f"statistically tied: {span}")
    elif len(rates) > 1:
        parts.append(f"{rate_among(evidence.leader, rates)} is better than every other rate tried")
    if found.low < found.high:
        plateau = f"{rate_among(found.low, [found.high])} to {rate_among(found.high, [found.low])}"
        parts.append(f"plateau (within {found.margin * 100:.1f} points of the peak): {plateau}")
    noise = f"seed noise: standard deviation {evidence.noise.sd * 100:.2f} points"
    parts.append(noise if evidence.noise.is_measured else "seed noise not measured; --confirm 3 measures it")
    return " · ".join(parts)
