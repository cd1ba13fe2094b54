"""The search strategies: what the command line says about each strategy, and the module of each strategy."""

from __future__ import annotations

from dataclasses import dataclass

from lrsearch.catalog.entries import Entry, table


@dataclass(frozen=True, slots=True, kw_only=True)
class StrategyEntry(Entry):
    """A search strategy. Each one is a command, and a module with a `METHOD` (`lrsearch.strategies.Method`).

    `about` is the first line of the command's help.

    Attributes:
        module: Import name of its module.
        example: A command line for its help.
        keys: Keys of the spec that only some strategies read, and this strategy reads. The first key is the budget.
        counts: What the budget counts.
        is_drawn: Whether its rates are drawn from the range, so that rates rarely lie at an end of the range.
        hint: Which larger budgets keep the rates of a smaller one, for an error message; "" if all do.
    """

    module: str
    example: str
    keys: tuple[str, ...]
    counts: str = "rates"
    is_drawn: bool = True
    hint: str = ""

    @property
    def budget(self) -> str:
        """The name of its budget: points, trials, budget."""
        return self.keys[0].rpartition(".")[2]


_STAGES = ("search.extend", "search.refine", "search.confirm", "search.max_repeats", "search.named")
"""Keys of the stages that can follow a search with a fixed number of rates."""

_HALVING = ("search.eta", "search.min_epochs")

_RATES = ("search.repeats", *_STAGES, "search.prune", "search.batch", *_HALVING)
"""Keys of searches that train each rate with every seed: their seeds, their stages, and how they prune."""

STRATEGIES: dict[str, StrategyEntry] = table(
    StrategyEntry(
        name="grid",
        about="Search a grid of learning rates.",
        module="lrsearch.strategies.grid",
        example="lrsearch grid configs/mnist.yaml --points 9 --repeats 3",
        keys=("search.points", *_RATES),
        is_drawn=False,
        hint="a grid of twice as many points minus 1 keeps the old rates",
    ),
    StrategyEntry(
        name="random",
        about="Search learning rates drawn at random.",
        module="lrsearch.strategies.drawn",
        example="lrsearch random --data cifar10 --model resnet18 --trials 20 --max-time 30m",
        keys=("search.trials", *_RATES),
    ),
    StrategyEntry(
        name="bayes",
        about="Search with Optuna's TPE, which proposes each batch of rates from the results so far.",
        module="lrsearch.strategies.bayes",
        example="lrsearch bayes --optimizer adam --trials 50",
        keys=("search.trials", "search.sampler", *_RATES),
    ),
    StrategyEntry(
        name="halving",
        about="Begin with many rates, and train the best half of them twice as long, until the last ones are done.",
        module="lrsearch.strategies.halving",
        example="lrsearch halving configs/mnist.yaml --points 16",
        keys=("search.points", *_HALVING, *_STAGES),
        is_drawn=False,
        hint="a grid of twice as many points minus 1 keeps the old rates",
    ),
    StrategyEntry(
        name="auto",
        about="Find a rate with about ten trainings, and say how much better another one could be.",
        module="lrsearch.strategies.auto",
        example="lrsearch auto configs/mnist.yaml --budget 10",
        keys=("search.budget", "search.scan_epochs"),
        counts="trainings",
        is_drawn=False,
    ),
)


def readers(key: str) -> tuple[str, ...]:
    """Return the names of the strategies that read a key of the spec. Every strategy reads a key that no entry names.

    Example:
        >>> readers("search.points"), readers("search.repeats")
        (('grid', 'halving'), ('grid', 'random', 'bayes'))
        >>> readers("search.margin")
        ('grid', 'random', 'bayes', 'halving', 'auto')
    """
    return tuple(name for name, entry in STRATEGIES.items() if key in entry.keys) or tuple(STRATEGIES)


def unread(strategy: str, key: str, *, as_flag: bool = False) -> str | None:
    """Explain why a search does not read a key of the spec, and what to set instead; None if the search reads the key.

    Args:
        strategy: Name of the strategy.
        key: Dotted path of the key.
        as_flag: Whether to name the flag to set, in place of the key.

    Example:
        >>> unread("grid", "search.trials"), unread("grid", "search.points")
        ('only for random and bayes; for grid, set the number of rates with search.points', None)
        >>> unread("random", "search.sampler")
        'only for bayes'
    """
    reading = readers(key)
    if strategy in reading or strategy not in STRATEGIES:
        return None
    entry, only = STRATEGIES[strategy], f"only for {' and '.join(filter(None, [', '.join(reading[:-1]), reading[-1]]))}"
    if not any(key == other.keys[0] for other in STRATEGIES.values()):
        return only
    name = f"--{entry.budget}" if as_flag else entry.keys[0]
    return f"{only}; for {strategy}, set the number of {entry.counts} with {name}"
