"""Recommends a rate: the centre of the top of the fitted curve, among the tied rates and well below failing rates."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from lrsearch.analysis.evidence.fit import Fit, spaced
from lrsearch.analysis.evidence.noise import Noise
from lrsearch.analysis.evidence.observations import Floats, Observations
from lrsearch.analysis.evidence.records import Recommendation
from lrsearch.wording import rate_among, rounded

TOP = 0.8
"""The top of the curve is the part that lies below the peak by at most this share of the metric's margin. The margin of
accuracy is 0.25 percentage points, so the top ends 0.2 percentage points below the peak. The margin of the plateau is
at least as large as the height of the top."""

SAFE_FACTOR = 2.0
"""The recommended rate is at most the smallest rate at which a seed failed, divided by this factor.

Measured by `tests/benchmarks/replay.py` on eight curves: mean regret (accuracy lost against the truly best rate) 0.280
points without this rule, 0.273 at a factor of 1.5, 0.261 at 2, 0.254 at 3. On one of the curves, most rates fail for at
least one seed. Without that curve: 0.198, 0.197, 0.198 and 0.209.
"""

_POINTS = 401  # rates at which the curve is evaluated


def recommend(
    observations: Observations, noise: Noise, tied: NDArray[np.bool_], fit: Fit | None, fails_from: float | None = None
) -> Recommendation:
    """Recommend a rate.

    Look for the peak of the curve between the smallest and the largest tied rate. Stay a factor `SAFE_FACTOR` below the
    smallest rate at which a seed failed, unless every tied rate is closer to that rate. The top is the interval around
    the peak in which the curve is at most `TOP` times the metric's margin below the peak. The recommended rate is the
    centre of the top, on the log scale. The centre is better than the peak: on a flat top, noise decides where the peak
    lies. Measured by `tests/benchmarks/replay.py`: regret 0.26 points for the centre, 0.30 for the peak, 0.40 for the
    best observed rate.

    The plateau is the interval around the recommended rate in which the curve is within the margin of the peak. For
    accuracy the margin is 0.2 percentage points. For a loss the margin is 0.8 % of the distance from the best constant
    prediction to the leader. If one standard error of the leader's mean is larger, the margin is this error (the
    one-standard-error rule of Breiman et al. 1984, "Classification and Regression Trees", section 3.4.3). The plateau
    ends below the smallest rate that failed. If there is no curve, recommend the leader.

    Args:
        observations: The table, with at least one rate.
        noise: Noise of one training.
        tied: Which rates are tied with the best; (k,).
        fit: The fitted curve; None if there are fewer than 3 rates near the best.
        fails_from: Smallest rate above the smallest tied one at which a seed failed; None if none did.
    """
    leader, scale = observations.leader, observations.scale
    top = TOP * scale.metric.margin
    margin = max(top, noise.paired_sd / math.sqrt(int(observations.counts[leader]))) if noise.is_known else top
    if fit is None:
        lr, expected = float(observations.lrs[leader]), scale.score(float(observations.means[leader]))
        reason = f"{_best_of(observations.lrs.size)}, because too few rates are near the best to fit a curve"
        return Recommendation(lr=lr, low=lr, high=lr, margin=margin * scale.span, expected=expected, reason=reason)
    # Without a tie group, look on the whole curve: it covers only rates near the best.
    tied_lrs = observations.lrs[tied] if noise.is_known else np.array([fit.low, fit.high])
    low, high = max(float(tied_lrs[0]), fit.low), min(float(tied_lrs[-1]), fit.high)
    safe_high = high if fails_from is None else max(low, min(high, fails_from / SAFE_FACTOR))
    lrs = spaced(low, safe_high, _POINTS)
    scores = fit.at(lrs)
    peak = int(scores.argmax())
    first, last = _around(scores >= scores[peak] - top, peak)
    lr = _two_digits(math.sqrt(lrs[first]) * math.sqrt(lrs[last]), float(lrs[first]), float(lrs[last]))
    plateau_low, plateau_high = _plateau(fit, lr, float(scores[peak]) - margin, observations.lrs, fails_from)
    return Recommendation(
        lr=lr,
        low=plateau_low,
        high=plateau_high,
        margin=margin * scale.span,
        # A curve through few rates may rise above all of them, and even the best observed score is too high on average.
        expected=scale.score(min(float(fit.at(np.array([lr]))[0]), float(observations.means[leader]))),
        reason=_reason(
            fit,
            int(tied.sum()) - 1 if noise.is_known else None,
            safe_high,
            fails_from if safe_high < high else None,
            observations.lrs.tolist(),
        ),
    )


def _plateau(fit: Fit, lr: float, least: float, rates: Floats, fails_from: float | None) -> tuple[float, float]:
    """Find both ends of the interval around a rate in which the curve is at least `least`."""
    lrs = spaced(fit.low, fit.high, _POINTS)
    first, last = _around(fit.at(lrs) >= least, int(np.abs(np.log(lrs) - math.log(lr)).argmin()))
    high = float(lrs[last])
    if fails_from is not None:
        high = min(high, float(rates[rates < fails_from].max(initial=0.0)))
    return min(lr, float(lrs[first])), max(lr, high)


def _around(mask: NDArray[np.bool_], i: int) -> tuple[int, int]:
    """Find the first and last index of the run of True values around index `i`; `i` itself counts as True."""
    below, above = np.flatnonzero(~mask[:i]), np.flatnonzero(~mask[i + 1 :])
    first = int(below[-1]) + 1 if below.size else 0
    return first, i + int(above[0]) if above.size else mask.size - 1


def _two_digits(lr: float, low: float, high: float) -> float:
    """Round the rate to two digits if it stays within low .. high: no search is more precise than that."""
    plain = rounded(lr, 2)
    return plain if low <= plain <= high else min(max(lr, low), high)


def _reason(fit: Fit, n_others: int | None, safe_high: float, fails_from: float | None, rates: Sequence[float]) -> str:
    ties = {0: "no other rate is", 1: "1 other rate is"}.get(n_others or 0, f"{n_others} other rates are")
    if fails_from is None:
        distance = ""
    elif safe_high <= fails_from / SAFE_FACTOR:
        distance = f", limited to half of {rate_among(fails_from, rates)}, where a seed failed"
    else:
        distance = f", moved down to the lowest tied rate because a seed failed at {rate_among(fails_from, rates)}"
    centre = f"the centre of the top of the curve fitted to {fit.n_rates} rates"
    if n_others is None:
        return f"{centre}{distance}"
    return f"{centre}{distance}; {ties} statistically tied with the best"


def _best_of(n_rates: int) -> str:
    return f"the best of the {n_rates} rates that trained" if n_rates > 1 else "the only rate that trained"
