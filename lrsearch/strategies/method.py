"""Defines what a strategy's module provides for the time before, during and after a search: one record, `Method`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, TypeAlias

from lrsearch.catalog import STRATEGIES
from lrsearch.errors import UsageError
from lrsearch.interfaces import Strategy
from lrsearch.records import Result, Task
from lrsearch.spec import Spec
from lrsearch.wording import one_of

if TYPE_CHECKING:
    from lrsearch.analysis.evidence import AutoFinding

SamplerScore: TypeAlias = Callable[[Result], float | None]
"""Returns the score that a sampler is given for a result; None for a fault, which the sampler never sees."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """A strategy, for one arm. The module of a strategy holds it as `METHOD`.

    Attributes:
        rates: Plans the rates, in their order; None if the rates depend on results. Raises UsageError if the strategy
            cannot search the spec's rates.
        n_rates: Counts the rates.
        n_trials: Counts the trainings.
        round_size: Counts the trainings that the strategy proposes before it needs results; None if all are proposed at
            once.
        words: Says in a line of the plan how the rates are chosen; None if the plan lists the rates.
        make: Builds the strategy from the spec, the score that a sampler is given, the rates of proposals that were
            made before an interruption, by number, and what is trained.
        epochs: Counts the epochs of each planned training.
        budget: Returns the maximum number of trainings that the strategy spends. A shorter training counts as a part of
            a training. None if the strategy trains exactly what is planned.
        n_further: Counts the trainings that may follow the planned trainings, by stage.
        ready: Returns the spec that is searched, with what the strategy needs (a range test). The flag says whether a
            program can be told its number of epochs; None for a network.
        remarks: Returns warnings before the search, one line each, with the key of the spec.
        ranked: Returns the results of one arm that are ranked. Partial trainings are never ranked with whole ones.
        find: Computes the answer from the results, if the strategy judges its results itself; None otherwise.
    """

    rates: Callable[[Spec], tuple[float, ...] | None]
    n_rates: Callable[[Spec], int]
    n_trials: Callable[[Spec], int]
    round_size: Callable[[Spec], int | None]
    words: Callable[[Spec], str | None]
    make: Callable[[Spec, SamplerScore, Mapping[int, float], Task], Strategy]
    epochs: Callable[[Spec], int] = lambda spec: spec.train.epochs
    budget: Callable[[Spec], int | None] = lambda _: None
    n_further: Callable[[Spec], Mapping[str, int]] = lambda _: {}
    ready: Callable[[Spec, bool | None], Spec] = lambda spec, _: spec
    remarks: Callable[[Spec], Sequence[str]] = lambda _: ()
    ranked: Callable[[Spec, Sequence[Result]], Sequence[Result]] = lambda _, results: results
    find: Callable[[Spec, Task, Sequence[Result]], AutoFinding | None] = lambda *_: None


@cache
def method_of(name: str) -> Method:
    """Import the module of a strategy, and return its method. Samplers are imported later, when they are made.

    Raises:
        UsageError: The name is unknown.
    """
    if name not in STRATEGIES:
        raise UsageError(f"unknown strategy '{name}'; choose {one_of(list(STRATEGIES))}")
    method = import_module(STRATEGIES[name].module).METHOD
    if not isinstance(method, Method):
        raise TypeError(f"{STRATEGIES[name].module}.METHOD is a {type(method).__name__}, not a Method")
    return method
