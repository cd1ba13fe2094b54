"""What finished trainings say: ranking, edges of the range, what was learned. Pure functions of records."""

from __future__ import annotations

from lrsearch.analysis.edges import edge_warning, first_collapse
from lrsearch.analysis.learned import has_learned, told_score
from lrsearch.analysis.ranking import latest, rank_results, scored_point
from lrsearch.analysis.rows import CONFIRM, Ranking, Row, RowState

__all__ = [
    "CONFIRM",
    "Ranking",
    "Row",
    "RowState",
    "edge_warning",
    "first_collapse",
    "has_learned",
    "latest",
    "rank_results",
    "scored_point",
    "told_score",
]
