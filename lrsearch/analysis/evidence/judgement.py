"""Copies the evidence of each rate into the rows of the ranking."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from lrsearch.analysis.evidence.records import Evidence, RateEvidence
from lrsearch.analysis.ranking import Ranking, Row, RowState


def judge(ranking: Ranking, evidence: Mapping[str, Evidence | None]) -> Ranking:
    """Copy the evidence of each rate into its row: interval, tie, verdict, and the state that follows from them.

    A rate that trained with every seed stays `ok` if it is tied with the best. Otherwise it becomes `too low` below the
    best rate and `too high` above it. The order of the rows does not change.

    Args:
        ranking: The result of `rank_results`.
        evidence: The evidence of each arm; None for an arm in which no rate trained with every seed.

    Returns:
        The ranking with the changed rows; a row without evidence is unchanged.
    """
    evidence_of = {
        (arm, rate.lr): (rate, of_arm.leader)
        for arm, of_arm in evidence.items()
        if of_arm is not None
        for rate in of_arm.rates
    }
    return replace(
        ranking,
        rows=tuple(
            _judged_row(row, *evidence_of[row.arm, row.lr]) if (row.arm, row.lr) in evidence_of else row
            for row in ranking.rows
        ),
    )


def _judged_row(row: Row, rate: RateEvidence, leader: float) -> Row:
    state: RowState = row.state
    if rate.low is not None:  # only a rate that trained with every seed has an interval
        state = "ok" if rate.is_tied else "too low" if row.lr < leader else "too high"
    return replace(
        row,
        state=state,
        val_accuracy_low=rate.low,
        val_accuracy_high=rate.high,
        tied=rate.is_tied,
        verdict=rate.verdict,
    )
