"""Converts evidence to plain JSON values, and explains each field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any

from lrsearch.analysis.evidence import AutoFinding, Evidence, Noise

FIELDS: Mapping[str, str] = {
    "leader": "the learning rate with the best observed mean score",
    "observed": "the leader's mean score over seeds; probably a little too good: the leader was chosen for its score",
    "recommended": "the learning rate to use",
    "expected": "score at the recommended rate, read from the fitted curve",
    "reason": "why this rate, in one sentence",
    "plateau": "[low, high]: between these rates the curve lies within `margin` of its peak",
    "margin": "difference in score that does not matter, in the metric's unit; of a share, 0.01 is a point",
    "tied": "rates that are statistically tied with the best: chance may explain the difference; ascending",
    "noise": "how much the seed changes a score: `sd`, the standard deviation of one training's score; `paired_sd`, "
    "the same without the effect of a seed that all rates share, used to compare rates; `degrees` of freedom of "
    "`paired_sd`: the more, the better it is known; `is_measured`: true if measured over seeds, false if estimated "
    "from single trainings; null if it is not known",
    "n_seeds": "number of the leader's seeds that count in its mean score",
    "stable_to": "the largest rate at which every seed trained; no rate from the lowest `tied` one up to it failed",
    "breaks_from": "the smallest rate above the best at which a seed collapsed or diverged, or null",
    "curve": "the fitted curve: its `kind`, `lrs` and `scores`, or null if too few rates learned",
    "auto": "what `auto` found: `lr`, `expected`, `expected_low` and `expected_high` (95 % interval), `bound` (another "
    "rate could be better by at most this), `tied_low`, `tied_high`, `margin`, `is_settled`, `is_done`, `breaks_from`, "
    "`spent` of `budget` trainings, `n_trainings` (whole ones), `epochs`, `curve_low` and `curve_high` (one standard "
    "error around `curve`), `scan` (`lr`, `epochs`, `score` and `state` of each short training); null for others",
    "remarks": "remarks on the search: `name`, `text`, and whether it `is_warning`",
    "overrides": "the overrides of the best rate, to which all fields refer; only if some trial has any",
}
"""The meaning of each field of an arm's `evidence` in results.json."""


def _noise(noise: Noise) -> dict[str, Any]:
    return {name: value for name, value in asdict(noise).items() if name != "is_known"}


def _auto(found: AutoFinding) -> dict[str, Any]:
    left_out = {"curve", "scale", "top_low", "top_high", "top_margin"}  # they stand beside it
    values = {field.name: getattr(found, field.name) for field in fields(found) if field.name not in left_out}
    return {**values, "scan": [asdict(rate) for rate in found.scan]}


def evidence_to_json(evidence: Evidence | None) -> dict[str, Any] | None:
    """Convert the evidence of one arm to JSON values with the keys of `FIELDS`.

    The values for single rates are left out, because they are in the table `rates` of results.json. `evidence` is None
    if no rate trained with every seed; then the result is None too.
    """
    if evidence is None:
        return None
    recommendation = evidence.recommendation
    overrides = {"overrides": dict(evidence.overrides)} if evidence.overrides else {}
    return {
        "leader": evidence.leader,
        "observed": evidence.observed,
        "recommended": recommendation.lr,
        "expected": recommendation.expected,
        "reason": recommendation.reason,
        "plateau": [recommendation.low, recommendation.high],
        "margin": recommendation.margin,
        "tied": list(evidence.tied),
        "noise": None if evidence.noise is None else _noise(evidence.noise),
        "n_seeds": evidence.n_seeds,
        "stable_to": evidence.stable_to,
        "breaks_from": evidence.breaks_from,
        "curve": None if evidence.curve is None else asdict(evidence.curve),
        "auto": None if evidence.auto is None else _auto(evidence.auto),
        "remarks": [asdict(remark) for remark in evidence.remarks],
        **overrides,
    }
