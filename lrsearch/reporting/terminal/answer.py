"""Writes the answer of a search: the recommended rate, the expected score, and how certain both are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lrsearch.analysis.evidence import ArmComparison, Evidence
from lrsearch.analysis.ranking import Scale
from lrsearch.reporting.terminal.auto_lines import BAYES_TRAININGS, auto_arms_lines, auto_lines
from lrsearch.strategies.space import grid_rates, space_of
from lrsearch.wording import counted, rate_among, rate_between, some_of

if TYPE_CHECKING:
    from lrsearch.runs import Run

MOST_NAMED = 5
"""Maximum number of tied arms that a line names."""


def run_answer(run: Run) -> list[str]:
    """Write the answer for the best arm of a run. Return an empty list if no rate trained with every seed."""
    if run.best is None or run.best_evidence is None:
        return []
    task = run.manifest.task_of(run.best.arm)
    lines = answer_lines(
        run.best_evidence, task.n_val, task.kind, of_best_epochs=run.best_spec.search.scored_epoch == "best"
    )
    if run.best_evidence.auto is not None:
        n_grid = len(grid_rates(space_of(run.best_spec), None))
        lines[-1] += f"; a default grid spends {n_grid}, and bayes about {BAYES_TRAININGS} for as good a rate"
    if run.saved is not None:
        lines.append(run.saved.words)
    if run.comparison is None:
        return lines
    if run.found:
        return [*lines, *auto_arms_lines(run.evidence, run.best.arm)]
    return [*lines, arms_line(run.comparison, run.best.arm)]


def arms_line(comparison: ArmComparison, first: str) -> str:
    """Write whether the first arm is better than the others, or tied with some of them.

    Args:
        comparison: The comparison of the arms.
        first: Name of the arm that the ranking puts first.
    """
    if comparison.bound is None:
        few = "one seed for each rate" if comparison.n_seeds else "seeds that differ from arm to arm"
        return f"arms: {few} cannot show whether {first} is better than the others; use --repeats 3"
    metric = comparison.scale.metric
    expected, tied = comparison.expected, [arm for arm in comparison.tied if arm != first]
    seeds = counted(comparison.n_seeds, "seed")
    if comparison.tied == (first,):
        second = next(arm for arm in expected if arm != first)
        of_all = "the other" if len(expected) == 2 else "every other"
        return (
            f"arms: {first} is better than {of_all} arm: expected {metric.text(expected[first])}, then {second} "
            f"{metric.text(expected[second])}; {seeds}"
        )
    others = [f"{arm} (expected {metric.text(expected[arm])})" for arm in tied]
    return (
        f"arms: chance may have put {first} (expected {metric.text(expected[first])}) first: "
        f"{some_of(others, MOST_NAMED)} {'is' if len(others) == 1 else 'are'} statistically tied with it; {seeds}"
    )


def answer_lines(
    evidence: Evidence, n_val: int | None, kind: str = "images", *, of_best_epochs: bool = False
) -> list[str]:
    """Write the answer for one arm.

    Args:
        evidence: The evidence of the arm.
        n_val: Number of validation examples; None if unknown.
        kind: What the examples are, in the plural.
        of_best_epochs: Whether each training was scored at its best epoch. Such scores are too high on average.
    """
    found, metric = evidence.recommendation, evidence.scale.metric
    rates = [rate.lr for rate in evidence.rates]
    n_rates = len(rates)
    if evidence.auto is not None:
        return auto_lines(evidence, evidence.auto, n_val)
    best = metric.text(evidence.observed)
    observed = f"observed: {best}"
    if n_rates > 1:
        observed = f"best observed: {best} at {rate_among(evidence.leader, rates)}, of {n_rates} rates"
    arm = f"arm {evidence.arm}, " if evidence.arm else ""
    optimistic = "; scores of the best epoch are too high on average" if of_best_epochs else ""
    seeds = f"mean over {counted(evidence.n_seeds, 'seed')}" if evidence.n_seeds > 1 else "one seed"
    one = f"validation {kind.removesuffix('s')}"
    examples = "" if n_val is None else f", {counted(n_val, one)}"
    first = (
        f"recommended {arm}lr {rate_between(found.lr, rates)}: expected {metric.label} {metric.text(found.expected)} "
        f"({observed}; {seeds}{examples}{optimistic})"
    )
    return [first, found.reason, limits_line(evidence)]


def limits_line(evidence: Evidence) -> str:
    """Write which rates are tied with the best, which rates form the plateau, and how large the seed noise is."""
    found, rates = evidence.recommendation, [rate.lr for rate in evidence.rates]
    metric, noise = evidence.scale.metric, evidence.noise
    parts = []
    if evidence.tied_low < evidence.tied_high:
        span = f"{rate_among(evidence.tied_low, rates)} to {rate_among(evidence.tied_high, rates)}"
        parts.append(f"statistically tied: {span}")
    elif len(rates) > 1 and noise is not None:
        parts.append(f"{rate_among(evidence.leader, rates)} is better than every other rate tried")
    if found.low < found.high:
        plateau = f"{rate_among(found.low, [found.high])} to {rate_among(found.high, [found.low])}"
        parts.append(f"plateau (within {metric.difference(found.margin)} of the {metric.peak}): {plateau}")
    if metric.scale == "real":
        parts.append(f"margin {metric.difference(evidence.scale.margin)}{_of_distance(evidence.scale)}")
    if noise is None:
        parts.append("the noise was not measured, so the tied rates are not known; --repeats 3 measures the noise")
    elif noise.is_measured:
        parts.append(f"seed noise: standard deviation {metric.difference(noise.sd, 2)}")
    else:
        parts.append("the seed noise was not measured; --confirm 3 measures the noise")
    return " · ".join(parts)


def _of_distance(scale: Scale) -> str:
    """Explain that the margin is 1 % of a distance, and name the distance."""
    if scale.is_from_constant:
        constant = scale.metric.text(scale.constant or 0.0)
        return f" (1 % of the distance from the best constant prediction, {constant}, to the best)"
    return ""
