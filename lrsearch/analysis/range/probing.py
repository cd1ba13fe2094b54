"""Probes of a range test: short trainings at constant rates in the bracket of the ramp, and the suggested rate.

A ramp tries each rate for a single step, on a network that the lower rates have already changed. The ramp is therefore
used only to find a bracket. Inside the bracket, every rate trains for some steps from the same initial weights on the
same batches, and the losses in training mode are compared. The numbers in this module were chosen on the development
half of the cases of `tests/benchmarks/range_cases.py`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lrsearch.analysis.range.ramp import Ramp, n_stable, smooth
from lrsearch.wording import rounded

FLAT = 0.03
"""A loss is flat if it never falls below the chance level by more than this share.

The chance level is the untrained loss, or the loss at the first step if that loss is lower.
"""

BRACKET_FALL = 0.05
"""The bracket begins where the loss curve (the median over seeds) has made this share of its total fall."""

BRACKET_FACTOR = 2.0
"""The bracket ends at this many times the rate at which the ramp's loss is lowest. The best rate was 2 to 8 times lower
than that rate."""

PER_DECADE = 5
"""Number of rates to probe in each decade."""

MOST_RATES = 16
"""Maximum number of rates to probe in one bracket."""

PROBE_STEPS = 60
"""Steps of each probe. With 20 steps, the suggested rate was too high for adam; more than 75 steps gained little."""

PROBE_SEEDS = 3
"""Number of seeds at each probed rate."""

TAIL_PARTS = 3
"""The steps of a probe are cut into this many equal parts. A probe is judged by its mean loss over the last part."""

NEIGHBOURS = 2
"""The parabola is fitted to the best rate and to this many rates on either side of the best rate."""

MOST_SHIFT = 0.25
"""Largest distance, in decades, between the minimum of the parabola and the best rate."""

COLLAPSED = 0.98
"""A seed collapsed if its final loss is above this share of the chance level (see `FLAT`)."""

SAFETY = 4.0
"""The suggested rate is at most the lowest rate above the best at which a seed collapsed, divided by this factor."""

RANGE_FACTOR = 10.0
"""The suggested range goes from the suggested rate divided by this factor to the suggested rate times this factor. If
every seed collapsed at a rate inside this range and above the best rate, the range ends at the lowest such rate."""

_FIRST_STEPS = 30
"""If a ramp ends before this many steps, its first rate was too high."""

_BAD_START = 2.0
"""If the first loss is above this many times the untrained loss, the weights or images are badly scaled."""

Floats = NDArray[np.float64]
Probes = Mapping[float, Sequence[Sequence[float]]]
"""Losses of the probes: for each rate and each seed, one loss per step until the probe ended."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """The range to search, and the rate to try first.

    Attributes:
        lr: The suggested rate, > 0.
        low: Lower end of the range, > 0.
        high: Upper end of the range, > low.
    """

    lr: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Unclear:
    """The answer of a range test that found no rate.

    Attributes:
        reason: Why there is no suggestion.
        advice: What to change.
    """

    reason: str
    advice: str

    def __str__(self) -> str:
        """One line for the user."""
        return f"no suggestion: {self.reason}; {self.advice}"


def smoothed_curves(curves: Sequence[Sequence[float]]) -> Floats:
    """Smooth the loss curves of a ramp and put them in one table.

    Args:
        curves: The losses of each seed by step; at least one seed.

    Returns:
        The smoothed losses; infinite after a seed has ended; (seeds, steps).
    """
    rows = [smooth(losses[: n_stable(losses)]) for losses in curves]
    longest = max(map(len, rows))
    return np.array([row + [math.inf] * (longest - len(row)) for row in rows]).reshape(len(rows), longest)


def find_bracket(
    ramp: Ramp, curves: Sequence[Sequence[float]], untrained_loss: float = math.inf
) -> tuple[float, float] | Unclear:
    """Find the bracket: the range of rates to probe.

    Args:
        ramp: How the rate rose.
        curves: The losses of each seed by step; at least one seed, and at least one step of each.
        untrained_loss: Loss of a network that has learned nothing but the class shares, in nats. A network whose loss
            falls from a bad start to this loss has not learned anything either.

    Returns:
        (low, high), or why there is no bracket.
    """
    median = np.median(smoothed_curves(curves), axis=0)
    if not median.size:
        return Unclear("the loss is not finite at the first step", "check the data and the model")
    start, lowest = float(np.median([losses[0] for losses in curves])), int(np.argmin(median))
    fall, level = start - float(median[lowest]), min(start, untrained_loss)
    if not median[lowest] < (1 - FLAT) * level:
        if np.isfinite(median).sum() < min(_FIRST_STEPS, ramp.steps):
            return Unclear("the loss rises from the first steps on, at the lowest rates", "give a smaller --low")
        if start > _BAD_START * untrained_loss:
            reason = f"the loss starts at {start:.3g} and never falls to {untrained_loss:.3g}, the chance level"
            return Unclear(reason, "make the pixel values, or the initial weights of the network, smaller")
        reason = f"no rate of the ramp brought the loss below {median[lowest]:.3g}, and the chance level is {level:.3g}"
        return Unclear(reason, "give a larger --high or more --steps, and check that the labels match the images")
    begins = int(np.argmax(median < start - BRACKET_FALL * fall))
    # If the loss falls from the first steps on, lower rates may train too. A linear ramp is too coarse at its low end.
    low = ramp.rate(begins) / (10 if begins <= 2 or ramp.scale == "linear" else 1)
    return low, max(BRACKET_FACTOR * ramp.rate(lowest), 2 * low)


def probe_rates(low: float, high: float) -> tuple[float, ...]:
    """Choose the rates to probe: `PER_DECADE` in each decade, at most `MOST_RATES`, rounded to three digits.

    Args:
        low: The first rate, > 0.
        high: The last rate, > low.

    Example:
        >>> probe_rates(1e-3, 1e-2)
        (0.001, 0.00158, 0.00251, 0.00398, 0.00631, 0.01)
    """
    n = min(max(2, round(PER_DECADE * math.log10(high / low))), MOST_RATES - 1)
    return tuple(rounded(low * (high / low) ** (i / n)) for i in range(n + 1))


def further_rates(probes: Probes) -> tuple[float, ...]:
    """Choose the rates to probe next.

    If the loss is lowest at the lowest or the highest probed rate, the next rates lie beyond that rate. If no rate
    trained with every seed, the next rates lie below all probed rates. Otherwise there are no further rates.

    Args:
        probes: The losses so far, at two or more rates.
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
    """Compute the final loss of each probe: its mean loss over the last third of the steps.

    Args:
        probes: Losses by rate and seed.
        n_steps: Number of steps in a complete probe.

    Returns:
        One row for each rate, ascending; infinite for a probe that has fewer steps or that diverged; (rates, seeds).
    """
    tail = n_steps // TAIL_PARTS
    return np.array(
        [
            [float(np.mean(losses[-tail:])) if n_stable(losses) >= n_steps else math.inf for losses in probes[lr]]
            for lr in sorted(probes)
        ]
    )


def suggest(probes: Probes, untrained_loss: float = math.inf, n_steps: int = PROBE_STEPS) -> Suggestion | Unclear:
    """Suggest the rate with the lowest training loss, well below the rates at which training collapses.

    A parabola in log lr is fitted to the log of the mean final loss over seeds, at the best rate and its neighbours.
    The suggested rate is the minimum of the parabola, at most `MOST_SHIFT` decades away from the best rate.

    Args:
        probes: Losses by rate and seed, at two or more rates.
        untrained_loss: Loss of a network that has learned nothing but the class shares, in nats.
        n_steps: Number of steps in a complete probe.

    Returns:
        The suggested rate and range, or why there is none.
    """
    rates, ends = np.array(sorted(probes)), final_losses(probes, n_steps)
    means = ends.mean(axis=1)
    if not np.isfinite(means).any():
        return Unclear(
            "every probed rate failed with at least one seed", "lower the rates, clip gradients, or add a warm-up"
        )
    firsts = [losses[0] for of_rate in probes.values() for losses in of_rate if losses]
    start = float(np.median([loss for loss in firsts if math.isfinite(loss)]))
    best = int(np.argmin(means))
    level = min(start, untrained_loss)
    if means[best] > (1 - FLAT) * level:
        reason = (
            f"in {n_steps} steps no rate brought the loss below {means[best]:.3g}, and the chance level is {level:.3g}"
        )
        return Unclear(reason, "use a larger batch, or search without a range test")
    collapsed = ends > COLLAPSED * level
    lr = _parabola_minimum(rates, means, best)
    unsafe = list(rates[best + 1 :][collapsed[best + 1 :].any(axis=1)])
    if unsafe:
        lr = min(lr, unsafe[0] / SAFETY)
    hopeless = list(rates[best + 1 :][collapsed[best + 1 :].all(axis=1)])
    high = min([RANGE_FACTOR * lr, *hopeless])
    return Suggestion(*(rounded(rate) for rate in (lr, lr / RANGE_FACTOR, high)))


def _parabola_minimum(rates: Floats, means: Floats, best: int) -> float:
    """Find the rate at the minimum of the parabola; the best rate itself if the parabola has no minimum."""
    near = slice(max(0, best - NEIGHBOURS), best + NEIGHBOURS + 1)
    fits = np.isfinite(means[near]) & (means[near] < 2 * means[best])
    x, y = np.log10(rates[near][fits] / rates[best]), np.log(means[near][fits])
    if x.size < 3:
        return float(rates[best])
    bend, slope, _ = np.polyfit(x, y, 2)
    if bend <= 0:
        return float(rates[best])
    return float(rates[best] * 10 ** np.clip(-slope / (2 * bend), -MOST_SHIFT, MOST_SHIFT))
