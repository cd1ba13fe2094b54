"""Finds whether the best rate lies at an end of the searched range, and the lowest rate at which training breaks."""

from __future__ import annotations

import math

from lrsearch.analysis.ranking.rows import Ranking, Row
from lrsearch.wording import distinct_rates

_TOO_LOW = frozenset({"too low", "not yet", "pruned"})
_MARGIN = 0.05  # share of the range, in decades, that counts as its end if rates were drawn at random


def edge_warning(ranking: Ranking, arm: str = "", bounds: tuple[float, float] | None = None) -> str | None:
    """Warn if the best rate lies at an end of the searched range: a better rate may lie beyond it.

    Args:
        ranking: The ranking.
        arm: Name of the arm.
        bounds: (low, high) of the range that rates were drawn from, on a log scale. The best rate is at an end if its
            distance from that end is at most 5 % of the range, in decades. None for a grid or a list: the best rate is
            at an end if it is the lowest or the highest rate tried.

    Returns:
        A line for the user. None if the best rate is well inside the range, if there is no best rate, or if a grid or a
        list has only one rate. Also None if the search has already tried a worse rate on that side of the best one: a
        lower rate that was too low or had not learned yet, a higher rate that was too high, collapsed or diverged, or
        a rate that was pruned.
        Only rates with the overrides of the best rate count.
    """
    best = ranking.best_of(arm)
    rows = ranking.leading(arm)
    if best is None or (bounds is None and len(rows) < 2):
        return None
    low, high = bounds or (min(row.lr for row in rows), max(row.lr for row in rows))
    margin = _MARGIN * math.log(high / low) if bounds else 0.0
    prefix = f"{arm}: " if arm else ""
    first, *_, last = distinct_rates([low, *(row.lr for row in rows), high])
    span = f"{first} .. {last}"
    worse_below = any(row.state in _TOO_LOW and row.lr < best.lr for row in rows)
    if math.log(best.lr / low) <= margin and not worse_below:
        return f"{prefix}the best rate lies at the low end of the range ({span}); search lower"
    falls = first_collapse(ranking, arm) is not None or any(
        row.state == "too high" or (row.state == "pruned" and row.lr > best.lr) for row in rows
    )
    if math.log(high / best.lr) <= margin and not falls:
        return f"{prefix}the best rate lies at the high end of the range ({span}); search higher"
    return None


def first_collapse(ranking: Ranking, arm: str = "") -> float | None:
    """Find the lowest rate at which training breaks. The stability limit lies below this rate.

    Args:
        ranking: The ranking.
        arm: Name of the arm.

    Returns:
        The smallest rate above the best one at which a repeat collapsed or diverged; without a best rate, the smallest
        such rate of all. None if no repeat collapsed or diverged. Only rates with the overrides of the best rate count.
    """
    best = ranking.best_of(arm)
    return min(
        (row.lr for row in ranking.leading(arm) if _broke(row) and (best is None or row.lr > best.lr)), default=None
    )


def _broke(row: Row) -> bool:
    return row.state in {"collapsed", "diverged"}
