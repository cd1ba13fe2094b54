"""Where the search ends: the best rate at an end of the range, and the rate from which training collapses."""

from __future__ import annotations

import math

from lrsearch.analysis.ranking.rows import Ranking, Row

_MARGIN = 0.05  # share of the range, in decades, that counts as its end where rates are drawn and not laid out


def edge_warning(ranking: Ranking, arm: str = "", bounds: tuple[float, float] | None = None) -> str | None:
    """Say so where the best rate lies at an end of what was searched: a better one may lie beyond.

    Args:
        ranking: The ranking.
        arm: The arm to look at.
        bounds: (low, high) of the range, on a log scale, where rates were drawn from it: the best rate is at an end
            when it lies within 5 % of the range, in decades, from it. None for a grid or a list: there it is at an end
            when it is the lowest or highest rate tried.

    Returns:
        A line for people; None where the best rate is well inside, where there is no best rate or only one rate, and
        where the neighbours answer the question: rates below it that are too low, or above it that are too high or
        collapsed.
    """
    best = ranking.best_of(arm)
    rows = ranking.of_arm(arm)
    if best is None or (bounds is None and len(rows) < 2):
        return None
    low, high = bounds or (min(row.lr for row in rows), max(row.lr for row in rows))
    margin = _MARGIN * math.log(high / low) if bounds else 0.0
    prefix = f"{arm}: " if arm else ""
    span = f"({low:.1e} .. {high:.1e})"
    if math.log(best.lr / low) <= margin and not any(row.state == "too low" and row.lr < best.lr for row in rows):
        return f"{prefix}the best rate lies at the low end of the range {span}: search lower"
    falls = first_collapse(ranking, arm) is not None or any(row.state == "too high" for row in rows)
    if math.log(high / best.lr) <= margin and not falls:
        return f"{prefix}the best rate lies at the high end of the range {span}: search higher"
    return None


def first_collapse(ranking: Ranking, arm: str = "") -> float | None:
    """The rate from which training breaks: the stability limit lies below it.

    Args:
        ranking: The ranking.
        arm: The arm to look at.

    Returns:
        The smallest rate above the best one at which a repeat collapsed or diverged (the smallest of all, where there
        is no best rate); None where none did.
    """
    best = ranking.best_of(arm)
    return min(
        (row.lr for row in ranking.of_arm(arm) if _broke(row) and (best is None or row.lr > best.lr)), default=None
    )


def _broke(row: Row) -> bool:
    return row.state in {"collapsed", "diverged"}
