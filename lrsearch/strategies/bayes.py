"""The strategy `bayes`: a sampler proposes each round of rates from the results so far. Does not import optuna."""

from __future__ import annotations

import math
from collections.abc import Mapping

from lrsearch.errors import UsageError
from lrsearch.interfaces import Strategy
from lrsearch.records import Task
from lrsearch.spec import Spec, search_metric
from lrsearch.strategies.listed import too_narrow
from lrsearch.strategies.method import Method, SamplerScore
from lrsearch.strategies.pruned import unused_keys
from lrsearch.strategies.space import N_STARTUP, space_of

_FLOATS_FOR_EACH = 100
"""Minimum number of floating-point numbers in the range for each rate. Bayes needs room between the rates tried."""


def _rates(spec: Spec) -> None:
    """Check that the range can be searched. Return None, because the rates depend on results.

    Raises:
        UsageError: The spec has a list of rates, or its range is too narrow.
    """
    space = space_of(spec)
    if space.rates is not None:
        raise UsageError(
            "search.lr: bayes needs a range, but search.lr is a list of rates; `lrsearch grid` tries a list"
        )
    if (space.high - space.low) / math.ulp(space.high) < _FLOATS_FOR_EACH * spec.search.trials:
        raise too_narrow(space, spec.search.trials)


def _words(spec: Spec) -> str:
    batch = spec.search.batch
    n_random = min(spec.search.trials, math.ceil(N_STARTUP / batch) * batch)
    return f"proposed {batch} at a time from earlier results; the first {n_random} at random"


def _make(spec: Spec, sampler_score: SamplerScore, known: Mapping[int, float], _: Task) -> Strategy:
    from lrsearch.strategies.tpe import Bayes  # importing optuna takes a third of a second

    return Bayes(
        space_of(spec),
        n_trials=spec.search.trials,
        round_size=spec.search.batch,
        repeats=spec.search.repeats,
        epochs=spec.train.epochs,
        seed=spec.seed,
        sampler_score=sampler_score,
        known=known,
        suggested=spec.search.suggested,
        sampler=spec.search.sampler,
        metric=search_metric(spec),
    )


METHOD = Method(
    rates=_rates,
    n_rates=lambda spec: spec.search.trials,
    n_trials=lambda spec: spec.search.trials * spec.search.repeats,
    round_size=lambda spec: spec.search.batch * (spec.search.repeats if spec.search.prune == "none" else 1),
    words=_words,
    make=_make,
    remarks=unused_keys,
)
