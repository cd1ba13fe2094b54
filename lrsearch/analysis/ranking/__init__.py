"""The ranking of learning rates: one row for each configuration, best first; and whether a training learned."""

from __future__ import annotations

from lrsearch.analysis.ranking.counting import comparable, confirming, latest, leading
from lrsearch.analysis.ranking.edges import edge_warning, first_collapse
from lrsearch.analysis.ranking.learned import LEVEL, has_learned, predicts_numbers, sampler_score
from lrsearch.analysis.ranking.pruned import Saved, saved_epochs, unfinished_as_pruned
from lrsearch.analysis.ranking.ranking import rank_results
from lrsearch.analysis.ranking.row_of_results import scored_point
from lrsearch.analysis.ranking.rows import CONFIRM, Ranking, Row, RowState
from lrsearch.analysis.ranking.scale import SHARES, Scale, constant_score, learned_scores, scale_of
from lrsearch.analysis.ranking.unlearned import Unlearned, name_unlearned

__all__ = [
    "CONFIRM",
    "LEVEL",
    "SHARES",
    "Ranking",
    "Row",
    "RowState",
    "Saved",
    "Scale",
    "Unlearned",
    "comparable",
    "confirming",
    "constant_score",
    "edge_warning",
    "first_collapse",
    "has_learned",
    "latest",
    "leading",
    "learned_scores",
    "name_unlearned",
    "predicts_numbers",
    "rank_results",
    "sampler_score",
    "saved_epochs",
    "scale_of",
    "scored_point",
    "unfinished_as_pruned",
]
