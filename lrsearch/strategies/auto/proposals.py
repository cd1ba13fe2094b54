"""Chooses the rates that `auto` trains next, at the top of the curve. A rate is given as x = log10 of the rate."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from lrsearch.analysis.auto import AutoRun, Judgement, leader_of
from lrsearch.strategies.auto.records import Standing
from lrsearch.strategies.auto.trainings import Trainings


def propose_rates(
    trainings: Trainings, standing: Standing, near: Sequence[AutoRun], n: int, width: float
) -> tuple[list[float], str]:
    """Choose the rates to train next, and say why.

    Args:
        trainings: The trainings so far.
        standing: The judgement of these trainings.
        near: The whole trainings near the top, with scores in points.
        n: Number of rates to choose, at least 1.
        width: Distance of the rates of the scan, in decades.

    Returns:
        log10 of at least one and at most n rates, and the reason.
    """
    cliff, judgement = standing.cliff, standing.judgement
    places: list[float] = []
    rates = sorted({run.x for run in near})
    leader = leader_of(near)
    peak = leader if judgement is None else judgement.peak
    for end, step in ((rates[0], -1), (rates[-1], 1)):
        if len(places) < n and (leader == end or abs(peak - end) < 1e-9):
            places += _beyond(trainings, end, step, width)
    places = places[:n]
    reasons = ["beyond the best rate"] if places else []
    while len(places) < n:
        place = _gap(judgement, rates, [*rates, *places], cliff, leader)
        if place is None:
            break
        places.append(place)
        reasons.append("a gap at the top" if judgement is not None else "beside the best rate")
    if not places:
        places, reasons = [leader], ["the best rate with a new seed"]
    return places, ", ".join(dict.fromkeys(reasons))


def _beyond(trainings: Trainings, end: float, step: int, width: float) -> list[float]:
    """Choose a rate beyond the end of the near rates: half way to the next worse rate, or else farther away."""
    next_ones = [x for x in {run.x for run in trainings.full} | trainings.broken if (x - end) * step > 1e-9]
    if next_ones:
        nearest = min(next_ones, key=lambda x: abs(x - end))
        return [(end + nearest) / 2] if abs(nearest - end) > 0.2 else []
    scanned = [run.x for run in trainings.scanned if (run.x - end) * step > 1e-9]
    return [min(scanned, key=lambda x: abs(x - end)) if scanned else end + step * width]


def _gap(
    judgement: Judgement | None,
    rates: Sequence[float],
    taken: Sequence[float],
    cliff: float | None,
    leader: float,
) -> float | None:
    """Return the middle of the widest gap at the top."""
    places = sorted(set(taken))
    if judgement is None:
        beside = [(b - a, (a + b) / 2) for a, b in pairwise(places) if leader in {a, b}]
        wide = [(gap, middle) for gap, middle in beside if gap > 0.1]
        if wide:
            return max(wide)[1]
        free = [leader + d for d in (-0.1, 0.1) if min(abs(leader + d - x) for x in places) > 0.02]
        return free[0] if free else None
    curve = judgement.curve
    top = int(np.argmax(curve.mean))
    inside = curve.mean >= curve.mean[top] - max(0.5, float(curve.sd[top]))
    low = max(rates[0], float(curve.at[inside].min()) - 0.15)
    high = min(rates[-1], float(curve.at[inside].max()) + 0.15)
    if cliff is not None:
        high = min(high, cliff - 0.1)
    if high <= low:
        return None
    marks = sorted({low, high, *(x for x in places if low < x < high)})
    gaps = [(b - a, -a, (a + b) / 2) for a, b in pairwise(marks)]
    return max(gaps)[2]
