"""The published methods that suggest a rate from the smoothed losses of one ramp.

They are compared with lrsearch's method.

Every method reads only the loss as a function of log lr, L(log lr). No method knows how training would continue at a
constant rate. Most methods report the median over seeds, which is about the rate that a typical plot of one seed would
show. A single plot does not show how much the seeds differ.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

_SKIP_BEGIN, _SKIP_END = 10, 5
"""Number of steps that pytorch-lr-finder leaves out at the beginning and at the end of a curve."""

_SLIDE_SPAN, _SLIDE_THRESHOLD = 15, 0.005
"""fastai's interval slide rule: the interval in steps, and the threshold for the change of slope across an interval."""


def steepest(lrs: Sequence[float], losses: Sequence[float]) -> float | None:
    """Find the rate at which the loss falls fastest: argmin dL / d log lr.

    Args:
        lrs: Rates, ascending, > 0.
        losses: Smoothed losses, one for each rate.

    Returns:
        A rate; None if the curve is too short or never falls.

    Source: pytorch-lr-finder and Lightning, after Smith 2015, section 3.3.
    """
    inner = slice(_SKIP_BEGIN, len(losses) - _SKIP_END)
    if len(losses[inner]) < 2:
        return None
    slopes = np.gradient(np.array(losses[inner]), np.log(lrs[inner]))
    place = int(slopes.argmin())
    return lrs[_SKIP_BEGIN + place] if slopes[place] < 0 else None


def valley(lrs: Sequence[float], losses: Sequence[float]) -> float | None:
    """Find the rate in the middle of the longest valley: the longest subsequence of falling losses.

    If the subsequence has n losses and ends at step e, return the rate of step e - n + n/3 + n/6, with both quotients
    rounded down; None if n < 3.

    Source: fastai's default, after the rate finder of ArcGIS.

    Example:
        >>> valley([1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1.0], [2.0, 1.8, 1.5, 1.2, 1.1, 1.0])
        0.001
    """
    values, lengths = np.array(losses), np.ones(len(losses), dtype=int)
    for i in range(1, len(losses)):
        lengths[i] += int(np.max(lengths[:i] * (values[:i] > values[i])))
    longest = int(lengths.max(initial=1))
    if longest < 3:
        return None
    return lrs[int(lengths.argmax()) - longest + longest // 3 + longest // 6]


def slide(lrs: Sequence[float], losses: Sequence[float]) -> float | None:
    """Find the last rate at which the slope of the loss curve is steady.

    An interval of 15 steps is steady if the slope hardly changes across it. The result is the rate one step after the
    start of the last steady interval.

    Source: fastai, after the "interval slide rule" of its forum's automated suggester.
    """
    if len(losses) <= _SLIDE_SPAN:
        return None
    slopes = np.gradient(np.array(losses))
    changes = np.abs(slopes[_SLIDE_SPAN:] - slopes[:-_SLIDE_SPAN]) > _SLIDE_THRESHOLD
    # Take the interval after the last steady one; the first if none is steady, the last if the curve ends steadily.
    steady = np.flatnonzero(~changes)
    place = min(int(steady[-1]) + 1 if steady.size else 0, len(changes) - 1)
    return lrs[place]


def minimum_tenth(lrs: Sequence[float], losses: Sequence[float]) -> float | None:
    """Return a tenth of the rate at which the loss is lowest.

    Source: Gugger 2018, "How do you find a good learning rate"; fastai's `minimum`.

    Example:
        >>> minimum_tenth([1e-3, 1e-2, 1e-1, 1.0], [2.0, 1.5, 1.0, 3.0])
        0.01
    """
    return lrs[int(np.argmin(losses))] / 10 if losses else None


def largest_stable(lrs: Sequence[float], losses: Sequence[float]) -> float | None:
    """Return the last rate before the curve ends.

    For several seeds, the lowest of these rates is stable for each of them.

    Source: Smith & Topin 2017, "Super-Convergence", section 4: the largest rate at which training still converges.
    """
    return lrs[len(losses) - 1] if losses else None


@dataclass(frozen=True, slots=True)
class Method:
    """A method that reads a rate from the loss curve of a ramp.

    Attributes:
        formula: The method in a few words.
        smoothing: Weight of the earlier losses in the smoothed loss, as in the tool that the method comes from.
        suggest: Function from rates and smoothed losses to a rate, or None.
        over_seeds: Function that combines the rates of one or more seeds into one rate.
    """

    formula: str
    smoothing: float
    suggest: Callable[[Sequence[float], Sequence[float]], float | None]
    over_seeds: Callable[[Sequence[float]], float]


def geometric_median(rates: Sequence[float]) -> float:
    """Compute the median of rates on a log scale.

    Example:
        >>> round(geometric_median([0.001, 0.1]), 6)
        0.01
    """
    return math.exp(float(np.median(np.log(rates))))


METHODS: dict[str, Method] = {
    "steepest": Method("rate at which the loss falls fastest over log lr", 0.95, steepest, geometric_median),
    "valley": Method("rate in the middle of the longest fall of the loss", 0.98, valley, geometric_median),
    "slide": Method("rate at the end of the last steady slope of the loss", 0.98, slide, geometric_median),
    "minimum / 10": Method("a tenth of the rate with the lowest loss", 0.98, minimum_tenth, geometric_median),
    "largest stable": Method("highest rate before the loss of any seed explodes", 0.9, largest_stable, min),
}
"""The published methods, by name."""
