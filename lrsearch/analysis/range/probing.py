"""Where a range test looks closer, and which rate it suggests: rates that stand, each trained for some steps.

A ramp judges a rate by one step, and by what the rates before it left. So here it only brackets: inside, every rate is
trained for a while from the same weights on the same batches, and the losses in training mode are compared. The
numbers of this module were chosen on the development half of the cases of `tests/benchmarks/range_cases.py`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lrsearch.analysis.range.ramp import Ramp, n_stable, smooth

FLAT = 0.03
"""A loss that comes no further than this share below chance, or below its start, is flat."""

FALLEN = 0.05
"""Share of its whole fall that the median curve has fallen where the bracket begins."""

BEYOND = 2.0
"""The bracket ends at so many times the rate with the lowest loss of the ramp; the best rate lay 2 to 8 times below."""

PER_DECADE = 5
"""Rates that are probed in each decade."""

MOST_RATES = 16
"""Rates that are probed in one bracket."""

PROBE_STEPS = 60
"""Steps at each rate: with 20 the suggested rate was too high for adam, more than 75 gained little."""

PROBE_SEEDS = 3
"""Seeds at each rate."""

TAIL = 3
"""The mean loss over the last of so many equal parts of the steps counts."""

NEIGHBOURS = 2
"""Rates to either side of the best one that the parabola goes through."""

MOST_SHIFT = 0.25
"""Decades that the top of the parabola may lie beside the best rate, at most."""

COLLAPSED = 0.98
"""A seed whose loss ends above this share of chance (or of the first loss, where that is less) has not learned."""

SAFETY = 4.0
"""The suggested rate stays so many times below the lowest one, above the best, at which a seed collapsed."""

REACH = 10.0
"""The suggested range goes so many times below and above the rate, at most to where every seed collapsed."""

_FIRST_STEPS = 30
"""A ramp that ends before so many steps has begun too high."""

_WILD = 2.0
"""Times the loss of chance from which on a first loss is the network's own fault."""

Floats = NDArray[np.float64]
Probes = Mapping[float, Sequence[Sequence[float]]]
"""By rate the losses of each seed by step, up to where it ended."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Where to search, and the rate to try first.

    Attributes:
        lr: The rate.
        low: Lower end of the range, > 0.
        high: Upper end of the range, > low.
    """

    lr: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Unclear:
    """Why a range test tells nothing, and what to change."""

    reason: str
    advice: str

    def __str__(self) -> str:
        """One line for people."""
        return f"cannot tell: {self.reason}; {self.advice}"


def smoothed_curves(curves: Sequence[Sequence[float]]) -> Floats:
    """Smoothed losses, (seeds, steps); infinite where a seed has ended.

    Args:
        curves: The losses of each seed by step; at least one.
    """
    rows = [smooth(losses[: n_stable(losses)]) for losses in curves]
    longest = max(map(len, rows))
    return np.array([row + [math.inf] * (longest - len(row)) for row in rows]).reshape(len(rows), longest)


def find_bracket(
    ramp: Ramp, curves: Sequence[Sequence[float]], chance: float = math.inf
) -> tuple[float, float] | Unclear:
    """Between which rates to look closer.

    Args:
        ramp: How the rate rose.
        curves: The losses of each seed by step; at least one, none empty.
        chance: Loss of a network that knows the class shares alone: to come down to it is no learning.

    Returns:
        (low, high), or why there is nothing to look at.
    """
    median = np.median(smoothed_curves(curves), axis=0)
    if not median.size:
        return Unclear("the loss is not finite at the first step", "see to the data and the model")
    start, lowest = float(np.median([losses[0] for losses in curves])), int(np.argmin(median))
    fall, level = start - float(median[lowest]), min(start, chance)
    if not median[lowest] < (1 - FLAT) * level:
        if np.isfinite(median).sum() < min(_FIRST_STEPS, ramp.steps):
            return Unclear("the loss rises from the first rates on", "lower --low")
        if start > _WILD * chance:
            reason = f"the loss starts at {start:.3g}, where chance is {chance:.3g}, and did not come down to it"
            return Unclear(reason, "scale the images, or the weights that the network begins with")
        reason = f"no rate of the ramp brought the loss below {median[lowest]:.3g}, where chance is {level:.3g}"
        return Unclear(reason, "raise --high or --steps, and see that the images tell the classes apart")
    begins = int(np.argmax(median < start - FALLEN * fall))
    # Where the loss falls from the first rates on, the ramp does not say from where; nor does a coarse linear one.
    low = ramp.rate(begins) / (10 if begins <= 2 or ramp.scale == "linear" else 1)
    return low, max(BEYOND * ramp.rate(lowest), 2 * low)


def probe_rates(low: float, high: float) -> tuple[float, ...]:
    """Rates from low to high, `PER_DECADE` in each decade but `MOST_RATES` at most, ends included; three digits.

    Example:
        >>> probe_rates(1e-3, 1e-2)
        (0.001, 0.00158, 0.00251, 0.00398, 0.00631, 0.01)
    """
    n = min(max(2, round(PER_DECADE * math.log10(high / low))), MOST_RATES - 1)
    return tuple(float(f"{low * (high / low) ** (i / n):.3g}") for i in range(n + 1))


def further_rates(probes: Probes) -> tuple[float, ...]:
    """Rates beyond the end at which the lowest loss lies; none where it lies inside.

    Args:
        probes: At least two rates.
    """
    rates = sorted(probes)
    means = final_losses(probes).mean(axis=1)
    if not np.isfinite(means).any():
        return probe_rates(rates[0] / 10, rates[0])[:-1]
    best = int(np.argmin(means))
    if best == 0:
        return probe_rates(rates[0] / 4, rates[0])[:-1]
    return probe_rates(rates[-1], rates[-1] * 4)[1:] if best == len(rates) - 1 else ()


def final_losses(probes: Probes, n_steps: int = PROBE_STEPS) -> Floats:
    """What each rate, from low to high, came to with each seed: the mean loss of its last third; (rates, seeds).

    Args:
        probes: Losses by rate and seed.
        n_steps: Steps of each; one that has fewer, or that ends on its way, counts as infinite.
    """
    tail = n_steps // TAIL
    return np.array(
        [
            [float(np.mean(losses[-tail:])) if n_stable(losses) >= n_steps else math.inf for losses in probes[lr]]
            for lr in sorted(probes)
        ]
    )


def suggest(probes: Probes, chance: float = math.inf, n_steps: int = PROBE_STEPS) -> Suggestion | Unclear:
    """The rate with the lowest training loss, at a distance from where training collapses.

    The mean over seeds of the loss over the last third of the steps, as a parabola in log lr through the best rate and
    its neighbours; its top lies at most `MOST_SHIFT` decades beside the best rate.

    Args:
        probes: Losses by rate and seed; at least two rates.
        chance: Loss of a network that knows the class shares alone.
        n_steps: Steps of each.
    """
    rates, ends = np.array(sorted(probes)), final_losses(probes, n_steps)
    means = ends.mean(axis=1)
    if not np.isfinite(means).any():
        return Unclear("no rate trained with every seed", "lower the rates, clip gradients or add a warm-up")
    firsts = [losses[0] for of_rate in probes.values() for losses in of_rate if losses]
    start = float(np.median([loss for loss in firsts if math.isfinite(loss)]))
    best = int(np.argmin(means))
    level = min(start, chance)
    if means[best] > (1 - FLAT) * level:
        reason = f"in {n_steps} steps no rate brought the loss below {means[best]:.3g}, where chance is {level:.3g}"
        return Unclear(reason, "a larger batch, or a search over whole trainings, tells more")
    collapsed = ends > COLLAPSED * level
    lr = _top(rates, means, best)
    unsafe = list(rates[best + 1 :][collapsed[best + 1 :].any(axis=1)])
    if unsafe:
        lr = min(lr, unsafe[0] / SAFETY)
    hopeless = list(rates[best + 1 :][collapsed[best + 1 :].all(axis=1)])
    high = min([REACH * lr, *hopeless])
    return Suggestion(*(float(f"{rate:.3g}") for rate in (lr, lr / REACH, high)))


def _top(rates: Floats, means: Floats, best: int) -> float:
    near = slice(max(0, best - NEIGHBOURS), best + NEIGHBOURS + 1)
    fits = np.isfinite(means[near]) & (means[near] < 2 * means[best])
    x, y = np.log10(rates[near][fits] / rates[best]), np.log(means[near][fits])
    if x.size < 3:
        return float(rates[best])
    bend, slope, _ = np.polyfit(x, y, 2)
    if bend <= 0:
        return float(rates[best])
    return float(rates[best] * 10 ** np.clip(-slope / (2 * bend), -MOST_SHIFT, MOST_SHIFT))
