"""Puts the finding of `auto` into the evidence of an arm, in place of the ordinary curve, ties and recommendation."""

from __future__ import annotations

from dataclasses import replace

from lrsearch.analysis.evidence.records import AutoFinding, Evidence, RateEvidence, Recommendation
from lrsearch.wording import counted

CLIFF_FACTOR = 1.5
"""`auto` recommends a rate at least this factor below the lowest rate at which training broke."""


def with_finding(evidence: Evidence | None, found: AutoFinding) -> Evidence | None:
    """Return the evidence of an arm with the curve, the ties and the recommendation of `auto`.

    Args:
        evidence: The evidence in the whole trainings of the arm.
        found: The finding of `auto`.

    Returns:
        The evidence; None if no rate trained to the end. If `auto` fitted no curve, only the recommended rate is
        changed.
    """
    if evidence is None or found.lr is None:
        return None
    # The scan has looked beyond the rates that trained to the end.
    evidence = replace(evidence, remarks=tuple(each for each in evidence.remarks if each.name != "edge"))
    if found.curve is None or found.expected is None:
        recommendation = replace(evidence.recommendation, lr=found.lr, low=found.lr, high=found.lr)
        return replace(evidence, recommendation=recommendation, auto=found)
    rates = tuple(_judged(rate, evidence.leader, found) for rate in evidence.rates)
    tied = [rate.lr for rate in rates if rate.is_tied]
    return replace(
        evidence,
        rates=rates,
        tied_low=min(tied),
        tied_high=max(tied),
        curve=found.curve,
        recommendation=Recommendation(
            lr=found.lr,
            low=found.lr if found.top_low is None else found.top_low,
            high=found.lr if found.top_high is None else found.top_high,
            margin=found.margin if found.top_margin is None else found.top_margin,
            expected=found.expected,
            reason=f"the middle of the top of the curve through {counted(found.n_trainings, 'whole training')}",
        ),
        auto=found,
    )


def _judged(rate: RateEvidence, leader: float, found: AutoFinding) -> RateEvidence:
    """Return the evidence of a rate. Whether the rate is tied comes from the curve of `auto`."""
    if not rate.is_compared or found.tied_low is None or found.tied_high is None:
        return rate
    is_tied = rate.lr == leader or found.tied_low * 0.99 <= rate.lr <= found.tied_high * 1.01
    if rate.n_failed or rate.verdict == "overfitting":
        return replace(rate, is_tied=is_tied)
    return replace(rate, is_tied=is_tied, verdict="good" if is_tied else "too low" if rate.lr < leader else "too high")
