"""Fits a curve to the scores near the best rate. The curve smooths out the noise of single scores."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from lrsearch.analysis.evidence.gaussian_process import fit_process
from lrsearch.analysis.evidence.noise import Noise, adjusted_means
from lrsearch.analysis.evidence.observations import CLOSE_SCORE, NEAREST, Floats, Observations, nearest
from lrsearch.analysis.evidence.records import Curve
from lrsearch.analysis.ranking import SHARES, Scale

FEWEST_RATES = 3
"""Minimum number of rates that a curve is fitted to."""

PROCESS_RATES = 8
"""Minimum number of rates near the best for a Gaussian process. With fewer rates the curve is a quadratic, which
follows the noise less closely."""

MOST_RATES = 200
"""Maximum number of points that the Gaussian process is fitted to. If there are more rates, their scores are averaged
in this many bins of equal width on the log scale."""

_LEAST_SD = 1e-3  # a tenth of a point: with less noise the Gaussian process would go through every single score
_POINTS = 101  # points of the drawn curve


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Fit:
    """A curve fitted to scores near the best rate, valid between the smallest and the largest rate of the fit.

    Attributes:
        kind: The kind of curve.
        low: Smallest rate of the fit.
        high: Largest rate of the fit.
        n_rates: Number of rates of the fit.
        values: Function from log10 of rates to fitted levels; (m,) to (m,).
        errors: Function from log10 of rates to the standard errors of how far the curve lies below its highest value at
            a rate of the fit; (m,) to (m,). None for a quadratic, which is too stiff to show this error.
        bounds: The lowest and the highest possible level.
    """

    kind: Literal["quadratic", "gaussian process"]
    low: float
    high: float
    n_rates: int
    values: Callable[[Floats], Floats]
    errors: Callable[[Floats], Floats] | None = None
    bounds: tuple[float, float] = (0.0, 1.0)

    def at(self, lrs: Floats) -> Floats:
        """Fitted level of each rate, within the bounds of the scale; NaN outside low .. high; (m,)."""
        inside = (lrs >= self.low) & (lrs <= self.high)
        return np.where(inside, np.clip(self.values(np.log10(lrs)), *self.bounds), np.nan)

    def drawn(self, scale: Scale = SHARES) -> Curve:
        """Sample the curve at evenly spaced points, as scores, for plots and files."""
        lrs = spaced(self.low, self.high, _POINTS)
        return Curve(kind=self.kind, lrs=tuple(lrs.tolist()), scores=tuple(map(scale.score, self.at(lrs).tolist())))


def spaced(low: float, high: float, count: int) -> Floats:
    """Return rates from low to high, evenly spaced on the log scale; both ends are exact; (count,)."""
    lrs = np.clip(10 ** np.linspace(np.log10(low), np.log10(high), count), low, high)
    lrs[0], lrs[-1] = low, high
    return np.asarray(lrs, dtype=float)


def fit_curve(observations: Observations, noise: Noise) -> Fit | None:
    """Fit a curve to the scores of the rates near the best.

    A rate is near the best if its mean score is within 5 percentage points of the best mean score. With 3 to 7 rates
    near the best, the curve is a quadratic in log lr. The quadratic is fitted to the 5 rates that are closest to the
    best rate on the log scale, each weighted by its number of repeats. If the quadratic would open upwards, a straight
    line is fitted in its place. With 8 or more rates near the best, the curve is a Gaussian process (Matern 5/2) fitted
    to all of these rates, with the estimated noise.

    Args:
        observations: The table, with at least one rate.
        noise: Noise of one training.

    Returns:
        The curve; None if there are fewer than 3 rates near the best.
    """
    means = adjusted_means(observations)
    near = np.flatnonzero(means >= means[observations.leader] - CLOSE_SCORE)
    if near.size < FEWEST_RATES:
        return None
    is_process = near.size >= PROCESS_RATES
    if not is_process:
        leader = int(np.flatnonzero(near == observations.leader)[0])
        near = near[nearest(observations.lrs[near], leader, NEAREST)]
    x, y, counts = np.log10(observations.lrs[near]), means[near], observations.counts[near].astype(float)
    low, high = float(observations.lrs[near[0]]), float(observations.lrs[near[-1]])
    n_rates, bounds = int(near.size), observations.scale.bounds
    if not is_process:
        values = _quadratic(x, y, counts)
        return Fit(kind="quadratic", low=low, high=high, n_rates=n_rates, values=values, bounds=bounds)
    x, y, counts = _binned(x, y, counts)
    process = fit_process(x, y, counts, max(noise.paired_sd, _LEAST_SD) ** 2, noise.degrees)
    errors = process.errors_below(int(process.values(x).argmax()))
    return Fit(
        kind="gaussian process",
        low=low,
        high=high,
        n_rates=n_rates,
        values=process.values,
        errors=lambda at: np.interp(at, x, errors),
        bounds=bounds,
    )


def _quadratic(x: Floats, y: Floats, weights: Floats) -> Callable[[Floats], Floats]:
    middle, width = (x[0] + x[-1]) / 2, max((x[-1] - x[0]) / 2, 1e-9)
    roots = np.sqrt(weights)

    def least_squares(degree: int) -> Floats:
        design = np.vander((x - middle) / width, degree + 1)
        return np.asarray(np.linalg.lstsq(design * roots[:, None], y * roots, rcond=None)[0], dtype=float)

    coefficients = least_squares(2)
    if coefficients[0] > 0:  # it opens upwards, so it has no maximum: treat the bend as noise
        coefficients = least_squares(1)
    return lambda at: np.asarray(np.polyval(coefficients, (at - middle) / width), dtype=float)


def _binned(x: Floats, y: Floats, weights: Floats) -> tuple[Floats, Floats, Floats]:
    """Average neighbouring rates in at most `MOST_RATES` bins. Return the weighted means and the weight of each bin."""
    if x.size <= MOST_RATES:
        return x, y, weights
    bins = np.minimum((x - x[0]) / max(x[-1] - x[0], 1e-9) * MOST_RATES, MOST_RATES - 1).astype(int)
    totals = np.bincount(bins, weights).astype(float)
    filled = totals > 0
    mean_x, mean_y = (np.bincount(bins, weights * each)[filled] / totals[filled] for each in (x, y))
    return mean_x, mean_y, totals[filled]
