"""Plans the rates of a grid or random search before it starts. Does not import optuna."""

from __future__ import annotations

import math
from functools import lru_cache

from lrsearch.errors import UsageError
from lrsearch.spec import AUTO, Spec
from lrsearch.strategies.listed import random_rates
from lrsearch.strategies.space import Space, grid_rates, space_of
from lrsearch.wording import rounded

STRATEGIES = ("grid", "random", "bayes")

_FLOATS_FOR_EACH = 100
"""Floating-point numbers that a range must hold for each rate of bayes. Bayes needs room between the rates tried."""


@lru_cache(maxsize=4)  # a plan asks several times, and to draw 100,000 rates takes a second
def planned_rates(name: str, spec: Spec) -> tuple[float, ...] | None:
    """Return the rates that a search will try, in their order; None for bayes, whose rates depend on results.

    Args:
        name: grid, random or bayes.
        spec: A checked spec.

    Raises:
        UsageError: The name is unknown, or the strategy cannot search a list of rates.
    """
    space = space_of(spec)
    match name:
        case "grid" if spec.search.lr == AUTO and spec.search.points == 1:
            return (rounded(space.at(0.5)),)  # a placeholder until the range test has suggested a rate
        case "grid":
            return _all_different(grid_rates(space, spec.search.points), space)
        case "random":
            return _all_different(random_rates(space, spec.search.trials, spec.seed), space)
        case "bayes":
            if space.rates is not None:
                raise UsageError(
                    "search.lr: bayes needs a range, but this is a list of rates; `lrsearch grid` tries a list"
                )
            if (space.high - space.low) / math.ulp(space.high) < _FLOATS_FOR_EACH * spec.search.trials:
                raise _too_narrow(space, spec.search.trials)
            return None
    raise UsageError(f"unknown strategy '{name}'; there are {', '.join(STRATEGIES)}")


def _all_different(rates: tuple[float, ...], space: Space) -> tuple[float, ...]:
    """Return the rates of a range if they are all different.

    Raises:
        UsageError: The range is so narrow that two of them are the same floating-point number.
    """
    if len(set(rates)) < len(rates):
        raise _too_narrow(space, len(rates))
    return rates


def _too_narrow(space: Space, n_rates: int) -> UsageError:
    return UsageError(
        f"search.lr: {space.low!r} .. {space.high!r} holds too few floating-point numbers for {n_rates:,} different "
        "rates; widen the range or try fewer rates"
    )
