"""From a strategy's name and a spec to the strategy, or to those of its arms."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from lrsearch.interfaces import Strategy
from lrsearch.records import DataFacts, Result
from lrsearch.spec import Spec
from lrsearch.strategies.listed import Listed
from lrsearch.strategies.planned import planned_rates
from lrsearch.strategies.space import space_of
from lrsearch.strategies.staged import Staged
from lrsearch.strategies.turns import Rounds


def make_strategy(
    name: str, spec: Spec, *, told_score: Callable[[Result], float | None], known: Mapping[int, float]
) -> Strategy:
    """Build a strategy.

    Args:
        name: grid, random or bayes.
        spec: A checked spec.
        told_score: What a sampler is told of a result; None for a fault.
        known: Rates of proposals made before an interruption, by number.

    Raises:
        UsageError: The strategy cannot search what the spec names.
    """
    rates = planned_rates(name, spec)
    if rates is not None:
        return Listed(rates, repeats=spec.search.repeats, epochs=spec.train.epochs)
    from lrsearch.strategies.bayes import Bayes  # optuna takes a third of a second to import

    return Bayes(
        space_of(spec),
        n_trials=spec.search.trials,
        batch=spec.search.batch,
        repeats=spec.search.repeats,
        epochs=spec.train.epochs,
        seed=spec.seed,
        told_score=told_score,
        known=known,
        suggested=spec.search.suggested,
    )


def has_stages(spec: Spec) -> bool:
    """Whether something follows the search itself: extend, refine or confirm."""
    return spec.search.extend or spec.search.refine > 0 or spec.search.confirm > 0


def make_search(
    name: str,
    specs: Mapping[str, Spec],
    *,
    told_score: Callable[[str, Result], float | None],
    known: Mapping[str, Mapping[int, float]],
    facts: Callable[[str], DataFacts],
) -> Strategy:
    """Build the strategy of a search with arms, or without.

    Args:
        name: grid, random or bayes.
        specs: The spec of each arm, as `arm_specs` gives them; the one of no arm is "".
        told_score: What a sampler is told of a result of an arm; None for a fault.
        known: Rates of proposals made before an interruption, by arm and number.
        facts: Of an arm's data.

    Raises:
        UsageError: The strategy cannot search what the spec names.
    """
    strategies: dict[str, Strategy] = {}
    for arm, spec in specs.items():
        strategy = make_strategy(name, spec, told_score=partial(told_score, arm), known=known.get(arm, {}))
        if has_stages(spec):
            from lrsearch.strategies.stages import spec_stages  # a plain search needs no statistics

            strategy = Staged(strategy, spec_stages(spec, facts(arm)), epochs=spec.train.epochs)
        strategies[arm] = strategy
    if "" in strategies:
        return strategies[""]
    turns = {arm: spec.search.batch * spec.search.repeats if name == "bayes" else None for arm, spec in specs.items()}
    return Rounds(strategies, turns)
