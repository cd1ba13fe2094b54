"""Shows how a rate that was suggested before a search ranks in the results of the search."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from lrsearch.wording import rate_among

if TYPE_CHECKING:
    from lrsearch.runs import Run


def suggested_lines(run: Run) -> list[str]:
    """Write for each arm with a suggested rate: the nearest tried rate, its rank, and its distance to the best.

    An arm with fewer than two rates has no line.

    Args:
        run: The run, finished or not.
    """
    lines = []
    for arm, spec in run.arms.items():
        suggested, rows = spec.search.suggested, run.ranking.of_arm(arm)
        if suggested is None or len(rows) < 2:
            continue
        row = min(rows, key=lambda row: abs(math.log(row.lr / suggested)))
        near = "" if row.lr == suggested else f" (nearest tried: {rate_among(row.lr, [suggested])})"
        of_arm = f"{arm}: " if arm else ""
        place = "not ranked" if row.rank is None else f"rank {row.rank} of {len(rows)}"
        line = f"{of_arm}{_source(run, arm)} {rate_among(suggested, [row.lr])}{near}: {place}"
        best = run.ranking.best_of(arm)
        if row.rank is None or row.score is None or best is None or best.score is None:
            line += f", {row.state}"
        elif row.configuration != best.configuration:
            gap, side = best.score - row.score, "above" if run.metric.lower_is_better else "below"
            line += f", {run.metric.difference(run.metric.oriented(gap))} {side} the best" + (
                ", statistically tied with it" if row.tied else ""
            )
        lines.append(line)
    return lines


def _source(run: Run, arm: str) -> str:
    decision = run.manifest.plan_of(arm).range
    is_tested = decision is not None and decision.is_auto
    return "the range test suggested" if is_tested else "search.suggested is"
