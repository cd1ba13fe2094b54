"""What the trainings so far support: the rate to recommend, and how much better another rate could be."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lrsearch.analysis.auto.curve import CurvePosterior, curve_posterior
from lrsearch.analysis.auto.runs import AutoRun
from lrsearch.analysis.evidence.observations import Floats
from lrsearch.analysis.evidence.with_finding import CLIFF_FACTOR

_PLACES = 61
_Z = 1.645
"""Quantile of the standard normal distribution: 95 % of its values lie below."""
_LEAST_BAND = 0.1  # in points
_EXPECTED_Z = 2.6
"""Standard errors of the 95 % interval of the expected score (`tests/benchmarks/auto.py`): 1.96 cover only 89 %."""


@dataclass(frozen=True)
class Judgement:
    """The judgement of `auto`. Scores are in points: hundredths of a level (`Scale`).

    Attributes:
        rec: log10 of the recommended rate.
        peak: log10 of the rate at the peak of the curve.
        expected: Mean of the curve at the recommended rate, in points.
        expected_sd: Its standard deviation.
        bound: Another rate could be better by at most this many points, with 95 % confidence.
        tied: log10 of the lowest and the highest rate that could be better.
        top: log10 of the lowest and the highest rate of the top, whose middle is `rec`.
        band: How far the curve may lie below its peak at the top, in points.
        curve: The curve.
    """

    rec: float
    peak: float
    expected: float
    expected_sd: float
    bound: float
    tied: tuple[float, float]
    top: tuple[float, float]
    band: float
    curve: CurvePosterior

    @property
    def expected_range(self) -> tuple[float, float]:
        """The 95 % interval of `expected`."""
        return self.expected - _EXPECTED_Z * self.expected_sd, self.expected + _EXPECTED_Z * self.expected_sd


def judge(near: Sequence[AutoRun], *, cliff: float | None, constant: bool) -> Judgement | None:
    """Judge the runs near the top.

    Args:
        near: Whole runs that learned, near the leader's score, with scores in points.
        cliff: log10 of the lowest rate above them at which training broke; None if there is none.
        constant: Whether the schedule is constant: then the last two epochs are averaged.

    Returns:
        The judgement; None with fewer than three different rates.
    """
    if len({run.x for run in near}) < 3:
        return None
    x = np.array([run.x for run in near])
    y = _scores(near, constant=constant)
    repeats = np.array([run.repeat for run in near])
    curve = curve_posterior(x, y, repeats, np.linspace(x.min(), x.max(), _PLACES))
    at, mean, sd = curve.at, curve.mean, curve.sd
    allowed = np.ones(at.size, dtype=bool) if cliff is None else at <= cliff - math.log10(CLIFF_FACTOR)
    allowed[0] = True
    peak = int(np.argmax(np.where(allowed, mean, -np.inf)))
    band = max(_LEAST_BAND, float(sd[peak]))
    first, last = _stretch((mean >= mean[peak] - band) & allowed, peak)
    rec = round((first + last) / 2)
    gains = mean - mean[rec] + _Z * curve.sd_above(rec)
    gains[rec] = 0.0
    tied = np.flatnonzero(gains >= 0)
    return Judgement(
        rec=float(at[first] + at[last]) / 2,
        peak=float(at[peak]),
        expected=float(mean[rec]),
        expected_sd=float(sd[rec]),
        bound=float(gains.max()),
        tied=(float(at[tied[0]]), float(at[tied[-1]])),
        top=(float(at[first]), float(at[last])),
        band=band,
        curve=curve,
    )


def _scores(near: Sequence[AutoRun], *, constant: bool) -> Floats:
    """Return the score of each run: the last one, or with a constant schedule the mean of the last two, corrected.

    With a constant schedule the noise of two epochs is nearly independent, so their mean has less noise. Half of the
    runs' mean gain from one epoch to the next is added, to correct for the earlier epoch.
    """
    last = np.array([run.scores[-1] for run in near])
    if not constant or any(len(run.scores) < 2 for run in near):
        return last
    before = np.array([run.scores[-2] for run in near])
    return np.asarray((last + before) / 2 + (last - before).mean() / 2, dtype=float)


def _stretch(inside: np.ndarray, place: int) -> tuple[int, int]:
    """Return the first and the last place of the stretch of true values around a place."""
    first = last = place
    while first > 0 and inside[first - 1]:
        first -= 1
    while last < inside.size - 1 and inside[last + 1]:
        last += 1
    return first, last
