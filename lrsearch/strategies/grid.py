"""The strategy `grid`: rates evenly spaced over a range, or the rates of a list."""

from __future__ import annotations

from lrsearch.spec import AUTO, Spec
from lrsearch.strategies.listed import all_different, listed_method
from lrsearch.strategies.space import grid_rates, space_of, spread
from lrsearch.wording import rounded


def _rates(spec: Spec) -> tuple[float, ...]:
    space = space_of(spec)
    if spec.search.lr == AUTO and spec.search.points == 1:
        return (rounded(space.at(0.5)),)  # a placeholder until the range test has suggested a rate
    rates = all_different(grid_rates(space, spec.search.points), space)
    return rates if spec.search.prune == "none" else tuple(spread(rates))


METHOD = listed_method(_rates)
