"""What the program must know about a strategy before, during and after a search: one record for each strategy."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import TypeAlias

from lrsearch.catalog import STRATEGIES
from lrsearch.errors import UsageError
from lrsearch.interfaces import Strategy
from lrsearch.records import Result
from lrsearch.spec import Spec

SamplerScore: TypeAlias = Callable[[Result], float | None]
"""Returns the score that a sampler is given for a result; None for a fault, which it never sees."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """A strategy, for one arm. The module of a strategy holds it as `METHOD`.

    Attributes:
        rates: Plans the rates, in their order; None if they depend on results. Raises UsageError if it cannot search
            the spec's rates.
        n_rates: Counts the rates.
        n_trials: Counts the trainings.
        round_size: Counts the trainings that it proposes before it needs results; None if it proposes all at once.
        words: Says in a line of the plan how the rates are chosen; None if the plan lists them.
        make: Builds the strategy from the spec, the score that a sampler is given, and the rates of proposals that were
            made before an interruption, by number.
    """

    rates: Callable[[Spec], tuple[float, ...] | None]
    n_rates: Callable[[Spec], int]
    n_trials: Callable[[Spec], int]
    round_size: Callable[[Spec], int | None]
    words: Callable[[Spec], str | None]
    make: Callable[[Spec, SamplerScore, Mapping[int, float]], Strategy]


@cache
def method_of(name: str) -> Method:
    """Return the method of a strategy. Its module is imported here; samplers are imported when they are made.

    Raises:
        UsageError: The name is unknown.
    """
    if name not in STRATEGIES:
        raise UsageError(f"unknown strategy '{name}'; there are {', '.join(STRATEGIES)}")
    method = import_module(STRATEGIES[name].module).METHOD
    if not isinstance(method, Method):
        raise TypeError(f"{STRATEGIES[name].module}.METHOD is a {type(method).__name__}, not a Method")
    return method
