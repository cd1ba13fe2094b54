"""Judges the trainings so far: which rate to recommend, and how much better another rate could be."""

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
"""The 95 % quantile of the standard normal distribution."""
_LEAST_BAND = 0.1  # in points
_EXPECTED_Z = 2.6
"""Half the width of the 95 % interval of the expected score, in standard errors. With 1.96, the interval would contain
the true score in only 89 % of searches (`tests/benchmarks/auto.py`)."""


@dataclass(frozen=True)
class Judgement:
    """The judgement of `auto`. Scores are in points: hundredths of a level (`Scale`).

    Attributes:
        rec: log10 of the recommended rate.
        peak: log10 of the rate at the peak of the curve.
        expected: Mean of the curve at the recommended rate, in points.
        expected_sd: Its standard deviation.
        bound: No other rate is better by more than this many points, with 95 % confidence.
        tied: log10 of the lowest and the highest rate that could be better than the recommended rate.
        top: log10 of the lowest and the highest rate of the top of the curve. `rec` is the middle between them.
        band: Height of the top: the largest distance of the curve below its peak within the top, in points.
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
    """Fit a curve to the runs whose scores are near the best score, and judge the rates by this curve.

    Args:
        near: Whole runs that learned, near the leader's score, with scores in points.
        cliff: log10 of the lowest rate at which training broke, above all rates of these runs; None if there is none.
        constant: Whether the schedule is constant. If it is, a run's score is averaged over its last two epochs.

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
    """Return the score of each run: the last score or, with a constant schedule, the corrected mean of the last two.

    With a constant schedule the noise of two epochs is nearly independent, so their mean has less noise. Half of the
    runs' mean gain from one epoch to the next is added, to correct for the earlier epoch.
    """
    last = np.array([run.scores[-1] for run in near])
    if not constant or any(len(run.scores) < 2 for run in near):
        return last
    before = np.array([run.scores[-2] for run in near])
    return np.asarray((last + before) / 2 + (last - before).mean() / 2, dtype=float)


def _stretch(inside: np.ndarray, place: int) -> tuple[int, int]:
    """Return the first and the last index of the run of true values around an index."""
    first = last = place
    while first > 0 and inside[first - 1]:
        first -= 1
    while last < inside.size - 1 and inside[last + 1]:
        last += 1
    return first, last
