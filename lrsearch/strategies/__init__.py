"""Search strategies (grid, random, bayes), which choose the next learning rate. `make_search` builds a strategy.

A strategy is a module with a `METHOD`, and an entry in `lrsearch.catalog.STRATEGIES`.
"""

from __future__ import annotations

from lrsearch.strategies.factory import make_search, make_strategy
from lrsearch.strategies.method import Method, method_of
from lrsearch.strategies.planned import n_planned_rates, n_planned_trials, planned_rates
from lrsearch.strategies.space import MOST_DECADES, POINTS_PER_DECADE, Space, space_of

__all__ = [
    "MOST_DECADES",
    "POINTS_PER_DECADE",
    "Method",
    "Space",
    "make_search",
    "make_strategy",
    "method_of",
    "n_planned_rates",
    "n_planned_trials",
    "planned_rates",
    "space_of",
]
