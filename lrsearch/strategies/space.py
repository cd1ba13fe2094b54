"""The search space of a spec: a range or a list of learning rates."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from lrsearch.spec import AUTO, LrRange, Spec, search_rates
from lrsearch.wording import rounded

POINTS_PER_DECADE = 3

MOST_DECADES = 3
"""The maximum number of decades by which `search.extend` goes beyond the requested range, on each side."""

LEAST_FACTOR, LEAST_SHARE = 1.05, 0.01
"""The least distance between two rates that bayes proposes: a factor (log scale only), or this share of the range if
the share is less."""

N_STARTUP = 10
"""A bayes search draws rates at random until this many proposals have results. This is Optuna's own default."""


@dataclass(frozen=True, slots=True)
class Space:
    """The learning rates that a search may try.

    Attributes:
        low: Smallest rate, > 0 on a log scale.
        high: Largest rate, > low; equal to `low` for a list of one rate.
        scale: Whether rates are spread evenly in log(lr) ("log") or in lr ("linear").
        rates: The spec's list of rates, in its order; None for a range.
        reason: Where the range comes from, for messages.
    """

    low: float
    high: float
    scale: Literal["log", "linear"] = "log"
    rates: tuple[float, ...] | None = None
    reason: str = "search.lr"

    def at(self, share: float) -> float:
        """Return the rate at a position in the range, on the scale of the range: 0 is `low` and 1 is `high`.

        Args:
            share: The position. A value below 0 gives `low`. A value above 1 gives `high`.

        Example:
            >>> [round(Space(1e-4, 1.0).at(share), 6) for share in (0, 0.5, 1)]
            [0.0001, 0.01, 1.0]
        """
        if share <= 0.0:
            return self.low
        if share >= 1.0:
            return self.high
        if self.scale == "linear":
            return self.low + share * (self.high - self.low)
        return math.exp(math.log(self.low) + share * (math.log(self.high) - math.log(self.low)))


def space_of(spec: Spec) -> Space:
    """Return the search space of a checked spec. Without `search.lr`, the space is the usual range of the optimizer."""
    lr = search_rates(spec)
    if not isinstance(lr, LrRange):
        return Space(min(lr), max(lr), rates=lr)
    usual = f"the usual range of {spec.train.optimizer.name}"
    if spec.search.lr == AUTO:
        return Space(lr.low, lr.high, lr.scale, reason=f"{usual}; the range test will replace it")
    if spec.search.lr is None:
        return Space(lr.low, lr.high, lr.scale, reason=usual)
    return Space(lr.low, lr.high, lr.scale)


def grid_rates(space: Space, points: int | None) -> tuple[float, ...]:
    """Return the rates of a grid, from low to high. If the space is a list, return the list in its own order.

    Rates inside the range are rounded to three digits. No rate is rounded if rounding would make two rates equal.

    Args:
        space: The search space.
        points: Number of rates, including both ends; None for 3 per decade (log scale) or 10 in all (linear scale).

    Example:
        >>> grid_rates(Space(1e-3, 1e-1), points=None)
        (0.001, 0.00215, 0.00464, 0.01, 0.0215, 0.0464, 0.1)
    """
    if space.rates is not None:
        return space.rates
    if points is None:
        decades = math.log10(space.high) - math.log10(space.low) if space.scale == "log" else 3.0
        points = max(2, round(POINTS_PER_DECADE * decades) + 1)
    rates = tuple(space.at(i / (points - 1)) for i in range(points))
    readable = (space.low, *map(rounded, rates[1:-1]), space.high)
    return readable if all(a < b for a, b in pairwise(readable)) else rates


def spread(rates: Sequence[float]) -> list[float]:
    """Return rates in an order in which the first ones are spread over all of them (van der Corput's sequence).

    Args:
        rates: Learning rates, at least one.

    Example:
        >>> spread([1.0, 2.0, 3.0, 4.0, 5.0])
        [1.0, 5.0, 3.0, 2.0, 4.0]
    """
    ascending = sorted(rates)
    n_bits = (len(ascending) - 1).bit_length()
    reversed_bits = (int(f"{i:0{n_bits}b}"[::-1], 2) if n_bits else 0 for i in range(2**n_bits))
    return [ascending[i] for i in reversed_bits if i < len(ascending)]


def apart_from(rate: float, others: Sequence[float], space: Space) -> float:
    """Move a rate away from the rates that were tried, if the rate is almost equal to one of those rates.

    On a log scale, the least distance between two rates is a factor of `LEAST_FACTOR`, or a hundredth of the space if a
    hundredth is less. On a linear scale, the least distance is a hundredth of the space. If no rate in the space is
    that far from all rates that were tried, the least distance is halved until such a rate exists.

    Args:
        rate: The rate, in the space.
        others: The rates that were tried.
        space: A range.

    Example:
        >>> space = Space(1e-4, 1.0)
        >>> apart_from(0.01, [0.02], space), round(apart_from(0.0101, [0.01], space), 6)
        (0.01, 0.0105)
    """
    there, back = (math.log, math.exp) if space.scale == "log" else (float, float)
    low, high, wanted, taken = there(space.low), there(space.high), there(rate), [there(other) for other in others]
    distance = min((high - low) * LEAST_SHARE, math.log(LEAST_FACTOR) if space.scale == "log" else math.inf)
    enough = 1 - 1e-9  # rounding must not block the places beside a rate
    while distance > 0.0:
        places = [wanted, *(other + side * distance for other in taken for side in (-1, 1))]
        free = [
            place
            for place in places
            if low <= place <= high and all(abs(place - other) >= distance * enough for other in taken)
        ]
        nearest = min(free, key=lambda place: abs(place - wanted), default=None)
        if nearest == wanted:
            return rate
        if nearest is not None and (moved := min(max(back(nearest), space.low), space.high)) not in others:
            return moved
        distance /= 2
    return rate
