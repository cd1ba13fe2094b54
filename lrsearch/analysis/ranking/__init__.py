"""The ranking of learning rates: one row for each rate, best first; and whether a training learned anything."""

from __future__ import annotations

from lrsearch.analysis.ranking.edges import edge_warning, first_collapse
from lrsearch.analysis.ranking.learned import LEVEL, has_learned, sampler_score
from lrsearch.analysis.ranking.ranking import comparable, confirming, latest, rank_results, scored_point
from lrsearch.analysis.ranking.rows import CONFIRM, Ranking, Row, RowState
from lrsearch.analysis.ranking.unlearned import Unlearned, name_unlearned

__all__ = [
    "CONFIRM",
    "LEVEL",
    "Ranking",
    "Row",
    "RowState",
    "Unlearned",
    "comparable",
    "confirming",
    "edge_warning",
    "first_collapse",
    "has_learned",
    "latest",
    "name_unlearned",
    "rank_results",
    "sampler_score",
    "scored_point",
]
