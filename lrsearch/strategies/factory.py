"""Builds the strategy of a search from its name and the specs of its arms, including the stages of each arm."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from lrsearch.catalog import readers
from lrsearch.interfaces import Strategy
from lrsearch.records import Result, Task
from lrsearch.spec import Spec
from lrsearch.strategies.bounds import stop_bounds
from lrsearch.strategies.method import SamplerScore, method_of
from lrsearch.strategies.planned import planned_rates
from lrsearch.strategies.pruned import Pruned
from lrsearch.strategies.staged import Staged
from lrsearch.strategies.turns import ArmTurns

_UNKNOWN = Task(name="")


def make_strategy(
    name: str, spec: Spec, *, sampler_score: SamplerScore, known: Mapping[int, float], task: Task = _UNKNOWN
) -> Strategy:
    """Build the strategy of one arm, without the stages that follow it.

    Args:
        name: Name of the strategy.
        spec: The checked spec of the arm.
        sampler_score: Returns the score that a sampler is given for a result; None for a fault.
        known: Rates of proposals made before an interruption, by number.
        task: What the arm trains.

    Raises:
        UsageError: The name is unknown, or the strategy cannot search the spec's rates.
    """
    planned_rates(name, spec)
    strategy = method_of(name).make(spec, sampler_score, known, task)
    if spec.search.prune == "none" or name not in readers("search.prune"):
        return strategy
    return Pruned(strategy, partial(stop_bounds, spec, task), round_size=spec.search.batch)


def has_stages(spec: Spec) -> bool:
    """Whether the spec asks for a stage after the search: extend, refine, confirm or named."""
    search = spec.search
    return search.extend or search.refine > 0 or search.confirm > 0 or bool(search.named)


def make_search(
    name: str,
    specs: Mapping[str, Spec],
    *,
    sampler_score: Callable[[str, Result], float | None],
    known: Mapping[str, Mapping[int, float]],
    task_of: Callable[[str], Task],
) -> Strategy:
    """Build the strategy of a whole search, with or without arms.

    Args:
        name: Name of the strategy.
        specs: The spec of each arm, from `arm_specs`; a spec without arms has the single key "".
        sampler_score: Returns the score that a sampler is given for a result of an arm; None for a fault.
        known: Rates of proposals made before an interruption, by arm and number.
        task_of: Returns the task of an arm.

    Raises:
        UsageError: The name is unknown, or the strategy cannot search the spec's rates.
    """
    strategies: dict[str, Strategy] = {}
    for arm, spec in specs.items():
        strategy = make_strategy(
            name, spec, sampler_score=partial(sampler_score, arm), known=known.get(arm, {}), task=task_of(arm)
        )
        if has_stages(spec):
            from lrsearch.strategies.stages import spec_stages  # only the stages need the statistics

            strategy = Staged(strategy, spec_stages(spec, task_of(arm)), epochs=spec.train.epochs)
        strategies[arm] = strategy
    if "" in strategies:
        return strategies[""]
    turns = {arm: method_of(name).round_size(spec) for arm, spec in specs.items()}
    return ArmTurns(strategies, turns)
