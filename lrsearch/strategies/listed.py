"""Grid and random search: every rate is known before the first result."""

from __future__ import annotations

import random
from collections.abc import Sequence

from lrsearch.interfaces import Answer
from lrsearch.records import Result, Trial
from lrsearch.seeds import seed_for
from lrsearch.strategies.repeated import trials_of
from lrsearch.strategies.space import Space


class Listed:
    """Proposes a list of rates, and learns nothing from results."""

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
        """Nothing to learn."""


def random_rates(space: Space, n_trials: int, seed: int) -> tuple[float, ...]:
    """Rates drawn independently from the space: uniform in log(lr) on a log scale.

    Bergstra & Bengio 2012, "Random Search for Hyper-Parameter Optimization". Rate number i depends on the seed and i
    alone, so that a larger budget only adds rates.

    Args:
        space: Where; of a list, rates are drawn without putting back, at most all of them.
        n_trials: How many.
        seed: The spec's seed.
    """
    if space.rates is not None:
        shuffled = random.Random(seed_for(seed, "random")).sample(space.rates, len(space.rates))  # noqa: S311  (no secret)
        return tuple(shuffled[:n_trials])
    return tuple(space.at(random.Random(seed_for(seed, "random", i)).random()) for i in range(n_trials))  # noqa: S311  (no secret)
