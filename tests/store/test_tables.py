"""The tables' cells come from the epoch that counts."""

from __future__ import annotations

from dataclasses import replace

from lrsearch.analysis.ranking import rank_results
from lrsearch.store.tables import RATE_COLUMNS, TRIAL_COLUMNS, rate_table, trial_table


def test_every_row_has_every_column(make_result):
    """In the documented order."""
    results = [make_result(0), make_result(1, 1.0, None, state="killed")]
    assert [tuple(row) for row in rate_table(rank_results(results))] == [RATE_COLUMNS] * 2
    assert [tuple(row) for row in trial_table(results)] == [TRIAL_COLUMNS] * 2


def test_the_scored_epoch_counts(make_result):
    """With a score its epoch, without one the last, without epochs nothing."""
    scored = replace(make_result(0), scored_epoch=1)
    unscored = make_result(1, 1.0, None, state="diverged")
    empty = replace(make_result(2, 2.0, None, state="failed"), points=())
    rows = trial_table([scored, unscored, empty])
    assert [row["train_loss"] for row in rows] == [1.0, 0.5, None]
    assert [row["epochs"] for row in rows] == [2, 2, 0]
