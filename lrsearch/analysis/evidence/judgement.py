"""The ranking with what the evidence says of each rate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from lrsearch.analysis.evidence.records import Evidence, RateEvidence
from lrsearch.analysis.ranking import Ranking, Row, RowState


def judge(ranking: Ranking, evidence: Mapping[str, Evidence | None]) -> Ranking:
    """Put into each row what was weighed of its rate: interval, tie, verdict, and the state that follows from them.

    Of the rates that trained with every seed those tied with the best stay `ok`; the others are `too low` below it and
    `too high` above it. The order of the rows stays.

    Args:
        ranking: As `rank_results` makes it.
        evidence: Of each arm; None where no rate trained with every seed.
    """
    weighed = {
        (arm, rate.lr): (rate, of_arm.leader)
        for arm, of_arm in evidence.items()
        if of_arm is not None
        for rate in of_arm.rates
    }
    return replace(
        ranking,
        rows=tuple(
            _judged(row, *weighed[row.arm, row.lr]) if (row.arm, row.lr) in weighed else row for row in ranking.rows
        ),
    )


def _judged(row: Row, rate: RateEvidence, leader: float) -> Row:
    state: RowState = row.state
    if rate.low is not None:  # it is compared: it trained with every seed
        state = "ok" if rate.is_tied else "too low" if row.lr < leader else "too high"
    return replace(
        row,
        state=state,
        val_accuracy_low=rate.low,
        val_accuracy_high=rate.high,
        tied=rate.is_tied,
        verdict=rate.verdict,
    )
