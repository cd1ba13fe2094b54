"""Plans the rates of a grid or random search before it starts. Does not import optuna."""

from __future__ import annotations

from lrsearch.errors import UsageError
from lrsearch.spec import AUTO, Spec
from lrsearch.strategies.listed import random_rates
from lrsearch.strategies.space import grid_rates, space_of
from lrsearch.wording import rounded

STRATEGIES = ("grid", "random", "bayes")


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
            return grid_rates(space, spec.search.points)
        case "random":
            return random_rates(space, spec.search.trials, spec.seed)
        case "bayes":
            if space.rates is not None:
                raise UsageError("bayes searches a range; search.lr is a list of rates: use `lrsearch grid`")
            return None
    raise UsageError(f"unknown strategy '{name}'; there are {', '.join(STRATEGIES)}")
