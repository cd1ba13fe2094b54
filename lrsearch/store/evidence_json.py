"""Converts evidence to plain JSON values, and explains each field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from lrsearch.analysis.evidence import Evidence

FIELDS: Mapping[str, str] = {
    "leader": "the learning rate with the best observed mean score",
    "observed": "its mean score over seeds; optimistic, because it was chosen as the highest",
    "recommended": "the learning rate to use",
    "expected": "fitted score at the recommended rate",
    "reason": "why this rate, in one sentence",
    "plateau": "[low, high]: between these rates the curve lies within `margin` of its peak",
    "margin": "difference in score that does not matter, as a share of the validation images",
    "tied": "rates that are statistically tied with the best, ascending",
    "noise": "seed noise: `sd`, the standard deviation of one training's score; `degrees` of freedom of `sd`; "
    "`is_measured`: true if measured over seeds, false if estimated from single trainings",
    "n_seeds": "number of seeds of the leader that count",
    "stable_to": "the largest rate below the stability limit that trained with all of its seeds",
    "breaks_from": "the smallest rate above the best at which a seed collapsed or diverged, or null",
    "curve": "the fitted curve: its `kind`, `lrs` and `scores`, or null if too few rates learned",
    "remarks": "remarks on the search: `name`, `text`, and whether it `is_warning`",
}
"""The meaning of each field of an arm's `evidence` in results.json."""


def evidence_to_json(evidence: Evidence | None) -> dict[str, Any] | None:
    """Convert the evidence of one arm to JSON values with the keys of `FIELDS`.

    The values for single rates are left out, because they are in the table `rates` of results.json. `evidence` is None
    if no rate trained with every seed; then the result is None too.
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
