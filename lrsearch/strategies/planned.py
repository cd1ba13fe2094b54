"""The rates that a search will try, where they are known beforehand. Loads no optuna."""

from __future__ import annotations

from lrsearch.errors import UsageError
from lrsearch.spec import AUTO, Spec
from lrsearch.strategies.listed import random_rates
from lrsearch.strategies.space import grid_rates, rounded, space_of

STRATEGIES = ("grid", "random", "bayes")


def planned_rates(name: str, spec: Spec) -> tuple[float, ...] | None:
    """The rates that a search will try, in their order; None where they depend on results.

    Raises:
        UsageError: The strategy cannot search what the spec names.
    """
    space = space_of(spec)
    match name:
        case "grid" if spec.search.lr == AUTO and spec.search.points == 1:
            return (rounded(space.at(0.5)),)  # in place of the rate that the range test will suggest
        case "grid":
            return grid_rates(space, spec.search.points)
        case "random":
            return random_rates(space, spec.search.trials, spec.seed)
        case "bayes":
            if space.rates is not None:
                raise UsageError("bayes searches a range; search.lr is a list of rates: use `lrsearch grid`")
            return None
    raise UsageError(f"unknown strategy '{name}'; there are {', '.join(STRATEGIES)}")
