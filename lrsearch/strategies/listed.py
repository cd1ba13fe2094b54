"""Grid and random search: all rates are known before the first result."""

from __future__ import annotations

import random
from collections.abc import Sequence

from lrsearch.interfaces import Answer
from lrsearch.records import Result, Trial
from lrsearch.seeds import seed_for
from lrsearch.strategies.repeated import trials_of
from lrsearch.strategies.space import Space


class Listed:
    """Proposes the rates of a list, whatever the results."""

    def __init__(self, rates: Sequence[float], *, repeats: int, epochs: int) -> None:
        """Plan all trials.

        Args:
            rates: Learning rates, all different.
            repeats: Trainings for each rate.
            epochs: Epochs of each training.
        """
        self._trials = trials_of(rates, first=0, repeats=repeats, epochs=epochs)

    def ask(self) -> Trial | Answer:
        """The next trial of the list, then DONE."""
        return next(self._trials, Answer.DONE)

    def tell(self, result: Result) -> None:
        """Ignore a result: the list does not change."""


def random_rates(space: Space, n_trials: int, seed: int) -> tuple[float, ...]:
    """Draw rates independently from the space: uniformly in log(lr) on a log scale, uniformly in lr on a linear one.

    Rate number i depends only on the seed and on i, so that a larger budget only adds rates.

    Source: Bergstra & Bengio 2012, "Random Search for Hyper-Parameter Optimization".

    Args:
        space: The space to draw from. From a list, rates are drawn without replacement, at most all of them.
        n_trials: Number of rates.
        seed: The spec's seed.
    """
    if space.rates is not None:
        shuffled = random.Random(seed_for(seed, "random")).sample(space.rates, len(space.rates))  # noqa: S311  (no secret)
        return tuple(shuffled[:n_trials])
    return tuple(space.at(random.Random(seed_for(seed, "random", i)).random()) for i in range(n_trials))  # noqa: S311  (no secret)
