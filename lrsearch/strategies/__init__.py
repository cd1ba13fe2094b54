"""Search strategies (grid, random, bayes). They choose the next learning rate. `make_search` builds one by name."""

from __future__ import annotations

from lrsearch.strategies.factory import make_search, make_strategy
from lrsearch.strategies.planned import STRATEGIES, planned_rates
from lrsearch.strategies.space import MOST_DECADES, N_STARTUP, POINTS_PER_DECADE, Space, space_of

__all__ = [
    "MOST_DECADES",
    "N_STARTUP",
    "POINTS_PER_DECADE",
    "STRATEGIES",
    "Space",
    "make_search",
    "make_strategy",
    "planned_rates",
    "space_of",
]
