"""Grid and random search: all rates are known before the first training."""

from __future__ import annotations

import random
from collections.abc import Sequence

from lrsearch.interfaces import Answer
from lrsearch.records import Result, Trial
from lrsearch.seeds import seed_for
from lrsearch.strategies.repeated import trials_of
from lrsearch.strategies.space import Space


class Listed:
    """Proposes the rates of a list. The results do not change the list."""

    def __init__(self, rates: Sequence[float], *, repeats: int, epochs: int) -> None:
        """Plan all trials.

        Args:
            rates: Learning rates, all different.
            repeats: Number of trainings for each rate.
            epochs: Epochs of each training.
        """
        self._trials = trials_of(rates, first=0, repeats=repeats, epochs=epochs)

    def ask(self) -> Trial | Answer:
        """Return the next trial of the list; DONE after the last one."""
        return next(self._trials, Answer.DONE)

    def tell(self, result: Result) -> None:
        """Ignore a result."""


def random_rates(space: Space, n_trials: int, seed: int) -> tuple[float, ...]:
    """Draw rates at random from a space: uniformly in log(lr) on a log scale, uniformly in lr on a linear scale.

    Rate number i depends only on the seed, the space and i, so that a larger budget only adds rates.

    Source: Bergstra & Bengio 2012, "Random Search for Hyper-Parameter Optimization".

    Args:
        space: The space to draw from. If it is a list, rates are drawn without replacement.
        n_trials: Number of rates to draw. From a list, at most its length is drawn.
        seed: The seed of the spec.
    """
    if space.rates is not None:
        shuffled = random.Random(seed_for(seed, "random")).sample(space.rates, len(space.rates))  # noqa: S311  (no secret)
        return tuple(shuffled[:n_trials])
    return tuple(space.at(random.Random(seed_for(seed, "random", i)).random()) for i in range(n_trials))  # noqa: S311  (no secret)
