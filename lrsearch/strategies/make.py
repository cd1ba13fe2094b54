"""From a strategy's name and a spec to the strategy."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from lrsearch.errors import UsageError
from lrsearch.records import Result
from lrsearch.seams import Strategy
from lrsearch.spec import Spec
from lrsearch.strategies.listed import Listed, random_rates
from lrsearch.strategies.space import grid_rates, space_of

STRATEGIES = ("grid", "random", "bayes")


def planned_rates(name: str, spec: Spec) -> tuple[float, ...] | None:
    """The rates that a search will try, in their order; None where they depend on results.

    Raises:
        UsageError: The strategy cannot search what the spec names.
    """
    space = space_of(spec)
    match name:
        case "grid":
            return grid_rates(space, spec.search.points)
        case "random":
            return random_rates(space, spec.search.trials, spec.seed)
        case "bayes":
            if space.rates is not None:
                raise UsageError("bayes searches a range; search.lr is a list of rates: use `lrsearch grid`")
            return None
    raise UsageError(f"unknown strategy '{name}'; there are {', '.join(STRATEGIES)}")


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
    )
