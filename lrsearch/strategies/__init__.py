"""Which learning rate next: grid, random, bayes. `make_strategy` builds one by name."""

from __future__ import annotations

from lrsearch.strategies.make import make_search, make_strategy
from lrsearch.strategies.planned import STRATEGIES, planned_rates
from lrsearch.strategies.space import N_STARTUP, Space, space_of

__all__ = ["N_STARTUP", "STRATEGIES", "Space", "make_search", "make_strategy", "planned_rates", "space_of"]
