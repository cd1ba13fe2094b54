"""Writes the lines about a search by `auto`: the answer, how much better another rate could be, and the scan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from lrsearch.analysis.evidence import CLIFF_FACTOR, AutoFinding, Evidence
from lrsearch.wording import counted, rate_among, rate_between, significant, some_of

if TYPE_CHECKING:
    from lrsearch.runs import Run

BAYES_TRAININGS = 50
"""Number of trainings after which `bayes` recommends rates that are about as good as the rates of `auto`. On 25 tables
of learning curves, the rates of `bayes` were 0.19 points below the best rate on average, and the rates of `auto` 0.17
points after 9 trainings (see `lrsearch guide auto`)."""

_MOST_ARMS = 5  # that a line names


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
        few = "too few rates near the best one were trained to the end to say how much better another rate could be"
        return [f"{first}the {best}{images}", few, spent_line(found)]
    interval = f"95 % interval {metric.text(found.expected_low)} to {metric.text(found.expected_high)}"
    first += f"expected {metric.label} {metric.text(found.expected)}, {interval} ({best}{images})"
    return [first, evidence.recommendation.reason, bound_line(found), spent_line(found)]


def bound_line(found: AutoFinding) -> str:
    """Write how much better another rate could be, which rates could be better, and when this statement holds."""
    if found.bound is None or found.tied_low is None or found.tied_high is None:
        return ""
    metric = found.scale.metric
    line = f"another rate could be better by at most {metric.difference(found.bound)} (95 % confidence)"
    if found.breaks_from is not None:
        near = found.breaks_from / CLIFF_FACTOR
        line += f" if its rate is below {significant(near, 2)}; training broke at {significant(found.breaks_from)}"
    if found.tied_low < found.tied_high:
        line += f" · could be as good: {significant(found.tied_low, 2)} to {significant(found.tied_high, 2)}"
    return line


def spent_line(found: AutoFinding) -> str:
    """Write why the search ended, how many trainings it spent, and how many another search would have spent."""
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


def auto_arms_lines(evidence: Mapping[str, Evidence | None], first: str) -> list[str]:
    """Write the expected score of each arm that `auto` searched, and whether the first arm is better or only tied.

    The arms share few seeds. So they are compared by the intervals of their expected scores, a cautious comparison.

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
        verdict = f"chance may have put {first} before {some_of(touching, _MOST_ARMS)}"
    return [f"arms, 95 % interval of the expected {metric.head}: {some_of(shown, _MOST_ARMS)}: {verdict}"]


def scan_lines(run: Run) -> list[str]:
    """Write the result of the scan of `auto` for each arm.

    Short trainings of a scan are not ranked with whole trainings.
    """
    return [f"{f'{arm}: ' if arm else ''}{scan_line(found)}" for arm, found in run.found.items() if found.scan]


def scan_line(found: AutoFinding) -> str:
    """Write which rates of a scan learned, which learned nothing, and at which training broke."""
    metric, epochs = found.scale.metric, max(rate.epochs for rate in found.scan)
    rates = [rate.lr for rate in found.scan]
    parts = []
    if learned := [rate for rate in found.scan if rate.state == "learned" and rate.score is not None]:
        best = max(learned, key=lambda rate: metric.oriented(rate.score or 0.0))
        span = _span([rate.lr for rate in learned], rates)
        parts.append(f"learned at {span}, best at {rate_among(best.lr, rates)} ({metric.text(best.score or 0.0)})")
    words = {"nothing": "nothing learned at", "broke": "broke at", "fault": "failed at"}
    for state, verb in words.items():
        if these := [rate.lr for rate in found.scan if rate.state == state]:
            parts.append(f"{verb} {_span(these, rates)}")
    length = f"{epochs} of {counted(found.epochs, 'epoch')}"
    return f"scan of {counted(len(rates), 'rate')} for {length}: {', '.join(parts)}"


def _span(lrs: Sequence[float], others: Sequence[float]) -> str:
    low, high = rate_among(min(lrs), others), rate_among(max(lrs), others)
    return low if low == high else f"{low} to {high}"
