"""What the evidence says, as plain JSON values, and what each field means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from lrsearch.analysis.evidence import Evidence

FIELDS: Mapping[str, str] = {
    "leader": "the learning rate that was observed best",
    "observed": "its mean score over seeds: optimistic, since it was chosen for being high",
    "recommended": "the learning rate to take",
    "expected": "fitted score at the recommended rate",
    "reason": "why that rate, one sentence",
    "plateau": "[low, high]: the rates between which the curve lies within `margin` of its peak",
    "margin": "what does not matter, as a share of the validation images",
    "tied": "the rates that chance cannot tell from the best, ascending",
    "noise": "`sd` of one training's score, `degrees` of freedom of its estimate, `is_measured` over seeds or bounded",
    "n_seeds": "repeats of the leader that count",
    "stable_to": "the largest rate up to which every rate trained with all its seeds",
    "breaks_from": "the smallest rate above the best at which a seed collapsed or diverged, or null",
    "curve": "the fit: its `kind`, `lrs` and `scores`, or null where too few rates learned",
    "remarks": "verdicts on the search: `name`, `text`, and whether it `is_warning`",
}
"""The fields of each arm's `evidence` in results.json."""


def evidence_to_json(evidence: Evidence | None) -> dict[str, Any] | None:
    """The evidence of one arm by the names of `FIELDS`; None where no rate trained with every seed.

    What was weighed of each rate stands in the rows of `rates`.
    """
    if evidence is None:
        return None
    recommendation = evidence.recommendation
    return {
        "leader": evidence.leader,
        "observed": evidence.observed,
        "recommended": recommendation.lr,
        "expected": recommendation.expected,
        "reason": recommendation.reason,
        "plateau": [recommendation.low, recommendation.high],
        "margin": recommendation.margin,
        "tied": list(evidence.tied),
        "noise": asdict(evidence.noise),
        "n_seeds": evidence.n_seeds,
        "stable_to": evidence.stable_to,
        "breaks_from": evidence.breaks_from,
        "curve": None if evidence.curve is None else asdict(evidence.curve),
        "remarks": [asdict(remark) for remark in evidence.remarks],
    }
