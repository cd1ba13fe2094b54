"""Converts evidence to plain JSON values, and explains each field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any

from lrsearch.analysis.evidence import AutoFinding, Evidence, Noise

FIELDS: Mapping[str, str] = {
    "leader": "the learning rate with the best observed mean score",
    "observed": "the leader's mean score over seeds; too good on average, because the leader was chosen for its score",
    "recommended": "the learning rate to use",
    "expected": "score at the recommended rate, read from the fitted curve",
    "reason": "why this rate is recommended, in one sentence",
    "plateau": "[low, high]: between these rates the curve lies within `margin` of its peak",
    "margin": "difference in score that does not matter, in the metric's unit; in a share, 0.01 is a percentage point",
    "tied": "rates that are statistically tied with the best, ascending: chance may explain the difference",
    "noise": "how much the seed changes a score, or null if this is not known. `sd`: the standard deviation of one "
    "training's score. `paired_sd`: the standard deviation without the effect of a seed that all rates share; used to "
    "compare rates. `degrees`: the degrees of freedom of `paired_sd`; more degrees mean a better estimate. "
    "`is_measured`: true if the noise was measured over seeds, false if it was estimated from single trainings",
    "n_seeds": "number of seeds in the leader's mean score",
    "stable_to": "the largest rate at which every seed trained, below the first failure above the lowest `tied` rate",
    "breaks_from": "the smallest rate above the best at which a seed collapsed or diverged, or null",
    "curve": "the fitted curve: its `kind`, `lrs` and `scores`, or null if too few rates learned",
    "auto": "what `auto` found, or null for any other search: `lr`, `expected`, `expected_low` and `expected_high` (95 "
    "% interval), `bound` (the largest lead of another rate), `tied_low`, `tied_high`, `margin`, `is_settled`, "
    "`is_done`, `breaks_from`, `spent` of `budget` trainings, `n_trainings` (whole trainings), `epochs`, `curve_low` "
    "and `curve_high` (one standard error around `curve`), `scan` (`lr`, `epochs`, `score` and `state` of each short "
    "training)",
    "remarks": "remarks on the search, each with a `name` and a `text`; `is_warning` tells whether it is a warning",
    "overrides": "overrides of the best rate, to whose trials all fields refer; only in a run with overrides",
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
