"""Copies the evidence of each rate into the rows of the ranking."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from lrsearch.analysis.evidence.records import Evidence, RateEvidence
from lrsearch.analysis.ranking import Ranking, Row, RowState
from lrsearch.records import overrides_text


def judge(ranking: Ranking, evidence: Mapping[str, Evidence | None]) -> Ranking:
    """Copy the evidence of each rate into its row: interval, tie, verdict, and the state that follows from them.

    A rate that trained with every seed stays `ok` if the rate is tied with the best. Otherwise the rate becomes `too
    low` below the best rate and `too high` above the best rate. If the noise is not known, nothing is tied, and no
    state changes. The order of the rows does not change.

    Args:
        ranking: The result of `rank_results`.
        evidence: The evidence of each arm; None for an arm in which no rate trained with every seed.

    Returns:
        The ranking with the changed rows. A row without evidence is unchanged, such as a row whose overrides differ
        from the overrides of the best rate. So is the row of a pruned rate, which was compared while it trained only.
    """
    evidence_of = {
        (arm, rate.lr, overrides_text(of_arm.overrides)): (rate, of_arm)
        for arm, of_arm in evidence.items()
        if of_arm is not None
        for rate in of_arm.rates
    }
    return replace(
        ranking,
        rows=tuple(
            _judged_row(row, *evidence_of[key])
            if (key := (row.arm, *row.configuration)) in evidence_of and row.state != "pruned"
            else row
            for row in ranking.rows
        ),
    )


def _judged_row(row: Row, rate: RateEvidence, evidence: Evidence) -> Row:
    state: RowState = row.state
    if rate.is_compared and evidence.knows_ties:
        state = "ok" if rate.is_tied else "too low" if row.lr < evidence.leader else "too high"
    return replace(
        row,
        state=state,
        score_low=rate.low,
        score_high=rate.high,
        tied=rate.is_tied if evidence.knows_ties else None,
        verdict=rate.verdict,
    )
