"""The strategy `random`: rates drawn at random from a range or from a list."""

from __future__ import annotations

import random

from lrsearch.seeds import seed_for
from lrsearch.spec import Spec
from lrsearch.strategies.listed import all_different, listed_method
from lrsearch.strategies.space import Space, space_of


def random_rates(space: Space, n_trials: int, seed: int) -> tuple[float, ...]:
    """Draw rates at random from a space: uniformly in log(lr) on a log scale, uniformly in lr on a linear scale.

    Rate number i depends only on the seed, the space and i, so that a larger budget only adds rates.

    Source: Bergstra & Bengio 2012, "Random Search for Hyper-Parameter Optimization".

    Args:
        space: The space to draw from. From a list, rates are drawn without replacement.
        n_trials: Number of rates to draw. A list gives at most as many rates as it has.
        seed: The seed of the spec.
    """
    if space.rates is not None:
        shuffled = random.Random(seed_for(seed, "random")).sample(space.rates, len(space.rates))  # noqa: S311  (no secret)
        return tuple(shuffled[:n_trials])
    return tuple(space.at(random.Random(seed_for(seed, "random", i)).random()) for i in range(n_trials))  # noqa: S311  (no secret)


def _rates(spec: Spec) -> tuple[float, ...]:
    space = space_of(spec)
    return all_different(random_rates(space, spec.search.trials, spec.seed), space)


METHOD = listed_method(_rates)
