"""The curve through the scores near the best rate: what a rate is worth, with the luck of single runs smoothed out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from lrsearch.analysis.evidence.gaussian_process import fit_process
from lrsearch.analysis.evidence.noise import Noise, adjusted_means
from lrsearch.analysis.evidence.observations import ALIKE, NEAREST, Floats, Observations, nearest
from lrsearch.analysis.evidence.records import Curve

FEWEST_RATES = 3
"""Rates that a curve takes."""

PROCESS_RATES = 8
"""Rates near the top from which on a Gaussian process is fitted; with fewer a quadratic, which is stiffer."""

MOST_RATES = 200
"""Rates that the process takes; more are gathered in as many bins of the log scale."""

_LEAST_SD = 1e-3  # a tenth of a point: an exact score would let the process run through every other one as well
_POINTS = 101


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Fit:
    """A curve through scores near the best rate; it goes no further than the rates that it was drawn through.

    Attributes:
        kind: How it was drawn.
        low: Smallest rate that it was drawn through.
        high: Largest.
        n_rates: How many.
        values: log10 of rates to fitted scores; (m,) to (m,).
    """

    kind: Literal["quadratic", "gaussian process"]
    low: float
    high: float
    n_rates: int
    values: Callable[[Floats], Floats]

    def at(self, lrs: Floats) -> Floats:
        """Fitted score of each rate, in [0, 1]; NaN outside low .. high; (m,)."""
        inside = (lrs >= self.low) & (lrs <= self.high)
        return np.where(inside, np.clip(self.values(np.log10(lrs)), 0.0, 1.0), np.nan)

    def drawn(self) -> Curve:
        """The curve as points to draw."""
        lrs = spaced(self.low, self.high, _POINTS)
        return Curve(kind=self.kind, lrs=tuple(lrs.tolist()), scores=tuple(self.at(lrs).tolist()))


def spaced(low: float, high: float, count: int) -> Floats:
    """Rates from low to high, both included exactly, evenly on the log scale; (count,)."""
    lrs = np.clip(10 ** np.linspace(np.log10(low), np.log10(high), count), low, high)
    lrs[0], lrs[-1] = low, high
    return np.asarray(lrs, dtype=float)


def fit_curve(observations: Observations, noise: Noise) -> Fit | None:
    """Draw the curve through the rates near the best that trained with every seed.

    Only rates within 5 points of the best are fitted. With 3 to 7 of them a quadratic in log lr through the 5 nearest
    to the best, each rate weighed by its repeats; where it would open upwards, a straight line. With 8 or more a
    Gaussian process (Matern 5/2) through all of them, with the noise as measured.

    Args:
        observations: The table, with one rate at least.
        noise: Of one training.

    Returns:
        The curve; None for fewer than 3 rates near the best.
    """
    means = adjusted_means(observations)
    near = np.flatnonzero(means >= means[observations.leader] - ALIKE)
    if near.size < FEWEST_RATES:
        return None
    kind: Literal["quadratic", "gaussian process"] = "gaussian process"
    if near.size < PROCESS_RATES:
        kind = "quadratic"
        leader = int(np.flatnonzero(near == observations.leader)[0])
        near = near[nearest(observations.lrs[near], leader, NEAREST)]
    x, y, counts = np.log10(observations.lrs[near]), means[near], observations.counts[near].astype(float)
    if kind == "quadratic":
        values = _quadratic(x, y, counts)
    else:
        x, y, counts = _binned(x, y, counts)
        values = fit_process(x, y, max(noise.sd, _LEAST_SD) ** 2 / counts)
    low, high = float(observations.lrs[near[0]]), float(observations.lrs[near[-1]])
    return Fit(kind=kind, low=low, high=high, n_rates=int(near.size), values=values)


def _quadratic(x: Floats, y: Floats, weights: Floats) -> Callable[[Floats], Floats]:
    middle, width = (x[0] + x[-1]) / 2, max((x[-1] - x[0]) / 2, 1e-9)
    roots = np.sqrt(weights)

    def least_squares(degree: int) -> Floats:
        design = np.vander((x - middle) / width, degree + 1)
        return np.asarray(np.linalg.lstsq(design * roots[:, None], y * roots, rcond=None)[0], dtype=float)

    coefficients = least_squares(2)
    if coefficients[0] > 0:  # a valley has no best rate inside; the bend is noise
        coefficients = least_squares(1)
    return lambda at: np.asarray(np.polyval(coefficients, (at - middle) / width), dtype=float)


def _binned(x: Floats, y: Floats, weights: Floats) -> tuple[Floats, Floats, Floats]:
    """At most `MOST_RATES` weighted means of neighbouring rates, with the sum of their weights."""
    if x.size <= MOST_RATES:
        return x, y, weights
    bins = np.minimum((x - x[0]) / max(x[-1] - x[0], 1e-9) * MOST_RATES, MOST_RATES - 1).astype(int)
    totals = np.bincount(bins, weights).astype(float)
    filled = totals > 0
    mean_x, mean_y = (np.bincount(bins, weights * each)[filled] / totals[filled] for each in (x, y))
    return mean_x, mean_y, totals[filled]
