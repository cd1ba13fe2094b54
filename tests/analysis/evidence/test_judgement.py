"""The evidence in the rows of the ranking."""

from __future__ import annotations

from factories import make_result
from lrsearch.analysis.evidence.judgement import judge
from lrsearch.analysis.evidence.weigh import weigh
from lrsearch.analysis.ranking import rank_results


def test_rows_get_interval_tie_verdict_and_state(task):
    """The state follows from the tie group; the order of the rows does not change."""
    scores = {1e-3: 0.80, 1e-2: 0.96, 3e-2: 0.961, 1e-1: 0.85}
    results = [make_result(lr, score + 0.001 * r, repeat=r) for r in range(3) for lr, score in scores.items()]
    results += [make_result(1.0, 0.1, repeat=r, learned=False) for r in range(3)]
    ranking = rank_results(results, task)
    judged = judge(ranking, {"": weigh(results, task)})
    rows = {row.lr: row for row in judged.rows}
    assert [row.lr for row in judged.rows] == [row.lr for row in ranking.rows]
    assert {lr: row.state for lr, row in rows.items()} == {
        1e-3: "too low",
        1e-2: "ok",
        3e-2: "ok",
        1e-1: "too high",
        1.0: "collapsed",
    }
    assert rows[1e-2].val_accuracy_low < rows[1e-2].val_accuracy < rows[1e-2].val_accuracy_high
    assert [lr for lr, row in rows.items() if row.tied] == [3e-2, 1e-2]
    assert rows[1.0].val_accuracy_low is None


def test_rows_without_evidence_do_not_change(task):
    """An arm without a best rate keeps its rows."""
    ranking = rank_results([make_result(0.1, 0.1, learned=False)], task)
    assert judge(ranking, {"": None}) == ranking
