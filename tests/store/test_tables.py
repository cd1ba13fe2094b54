"""The tables' cells come from the epoch that counts."""

from __future__ import annotations

from dataclasses import replace

from factories import make_result
from lrsearch.analysis.ranking import rank_results
from lrsearch.store.tables import RATE_COLUMNS, TRIAL_COLUMNS, rate_table, trial_table


def test_every_row_has_every_column():
    """In the documented order."""
    results = [make_result(), make_result(1.0, None, number=1, state="killed")]
    assert [tuple(row) for row in rate_table(rank_results(results))] == [RATE_COLUMNS] * 2
    assert [tuple(row) for row in trial_table(results)] == [TRIAL_COLUMNS] * 2


def test_the_scored_epoch_counts():
    """With a score its epoch, without one the last, without epochs nothing."""
    scored = replace(make_result(), scored_epoch=1)
    unscored = make_result(1.0, None, number=1, state="diverged")
    empty = replace(make_result(2.0, None, number=2, state="failed"), points=())
    rows = trial_table([scored, unscored, empty])
    assert [row["train_loss"] for row in rows] == [1.0, 0.5, None]
    assert [row["epochs"] for row in rows] == [2, 2, 0]
