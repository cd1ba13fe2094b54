"""Writes the answer of a search: the recommended rate, the expected score, and how certain both are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from lrsearch.analysis.evidence import CLIFF_FACTOR, ArmComparison, AutoFinding, Evidence
from lrsearch.analysis.ranking import Scale
from lrsearch.strategies.space import grid_rates, space_of
from lrsearch.wording import counted, rate_among, rate_between, significant, some_of

if TYPE_CHECKING:
    from lrsearch.runs import Run

BAYES_TRAININGS = 50
"""Trainings after which `bayes` recommends rates about as good as those of `auto`: on 25 tables of learning curves they
lost 0.19 points on average, those of `auto` 0.17 after 9 trainings (see `lrsearch guide auto`)."""

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
    if run.comparison is None:
        return lines
    if run.found:
        return [*lines, *auto_arms_lines(run.evidence, run.best.arm)]
    return [*lines, arms_line(run.comparison, run.best.arm)]


def auto_arms_lines(evidence: Mapping[str, Evidence | None], first: str) -> list[str]:
    """Write the expected score of each arm that `auto` searched, and whether chance can have put the first one first.

    The arms share few seeds, so they are compared by the intervals of their expected scores, which is cautious.

    Args:
        evidence: The evidence of each arm.
        first: Name of the arm that the ranking puts first.
    """
    found = {arm: of_arm.auto for arm, of_arm in evidence.items() if of_arm is not None and of_arm.auto is not None}
    spans = {
        arm: (each.expected_low, each.expected_high)
        for arm, each in found.items()
        if each.expected_low is not None and each.expected_high is not None
    }
    others = [arm for arm in spans if arm != first]
    if first not in spans or not others:
        return []
    metric, (low, high) = found[first].scale.metric, spans[first]
    shown = [f"{arm} {metric.text(spans[arm][0])} to {metric.text(spans[arm][1])}" for arm in [first, *others]]
    touching = [arm for arm in others if spans[arm][0] <= high and low <= spans[arm][1]]
    verdict = f"{first} is better than the others"
    if touching:
        verdict = f"chance may have put {first} before {some_of(touching, MOST_NAMED)}"
    return [f"arms, 95 % interval of the expected {metric.head}: {some_of(shown, MOST_NAMED)}: {verdict}"]


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
        n_val: Number of validation examples; None if it is not known.
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
    optimistic = "; each score is from the best epoch, so it is too high on average" if of_best_epochs else ""
    seeds = f"mean over {counted(evidence.n_seeds, 'seed')}" if evidence.n_seeds > 1 else "one seed"
    one = f"validation {kind.removesuffix('s')}"
    examples = "" if n_val is None else f", {counted(n_val, one)}"
    first = (
        f"recommended {arm}lr {rate_between(found.lr, rates)}: expected {metric.label} {metric.text(found.expected)} "
        f"({observed}; {seeds}{examples}{optimistic})"
    )
    return [first, found.reason, limits_line(evidence)]


def auto_lines(evidence: Evidence, found: AutoFinding, n_val: int | None) -> list[str]:
    """Write the answer of `auto` for one arm: the rate, what to expect, how much better another rate could be.

    Args:
        evidence: The evidence of the arm.
        found: What `auto` found.
        n_val: Number of validation images; None if it is not known.
    """
    metric, lr = evidence.scale.metric, evidence.recommendation.lr
    rates = [rate.lr for rate in evidence.rates]
    of_arm = f"arm {evidence.arm}, " if evidence.arm else ""
    first = f"recommended {of_arm}lr {rate_between(lr, rates)}: "
    best = f"best observed: {metric.text(evidence.observed)} at {rate_among(evidence.leader, rates)}"
    images = "" if n_val is None else f", {counted(n_val, 'validation image')}"
    if found.expected is None or found.expected_low is None or found.expected_high is None:
        few = "fewer than three rates near the best trained to the end, so nobody knows how good another rate could be"
        return [f"{first}the {best}{images}", few, spent_line(found)]
    interval = f"95 % interval {metric.text(found.expected_low)} to {metric.text(found.expected_high)}"
    first += f"expected {metric.label} {metric.text(found.expected)}, {interval} ({best}{images})"
    return [first, evidence.recommendation.reason, bound_line(found), spent_line(found)]


def bound_line(found: AutoFinding) -> str:
    """Write how much better another rate could be, which rates could be, and under which condition this holds."""
    if found.bound is None or found.tied_low is None or found.tied_high is None:
        return ""
    metric = found.scale.metric
    line = f"another rate could be better by at most {metric.difference(found.bound)} (95 % confidence)"
    if found.breaks_from is not None:
        near = found.breaks_from / CLIFF_FACTOR
        line += f", as long as it is below {significant(near, 2)}; training broke at {significant(found.breaks_from)}"
    if found.tied_low < found.tied_high:
        line += f" · could be as good: {significant(found.tied_low, 2)} to {significant(found.tied_high, 2)}"
    return line


def spent_line(found: AutoFinding) -> str:
    """Write why the search ended, and what it spent, beside what other searches would have spent."""
    spent = f"{found.spent:.1f} of {counted(found.budget, 'training')} spent"
    scan = f"{found.n_trainings} whole, and a scan of {counted(len(found.scan), 'rate')}"
    why = ""
    if found.is_done and found.bound is not None:
        margin = found.scale.metric.difference(found.margin)
        is_better = "no other rate can be better by more than" if found.is_settled else "not settled to"
        why = f"{is_better} the margin, {margin}: "
    elif not found.is_done:
        why = "not finished: "
    return f"{why}{spent} ({scan})"


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
        parts.append("noise not measured, so it is not known which rates are tied; --repeats 3 measures it")
    elif noise.is_measured:
        parts.append(f"seed noise: standard deviation {metric.difference(noise.sd, 2)}")
    else:
        parts.append("seed noise not measured; --confirm 3 measures it")
    return " · ".join(parts)


def _of_distance(scale: Scale) -> str:
    """Explain that the margin is 1 % of a distance, and name the distance."""
    if scale.is_from_constant:
        constant = scale.metric.text(scale.constant or 0.0)
        return f" (1 % of the distance from the best constant prediction, {constant}, to the best)"
    return ""
