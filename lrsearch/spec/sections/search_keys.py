"""The section `search`: which learning rates are tried, and how they are scored."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Literal

from pydantic import Field

from lrsearch.catalog import DEFAULT_METRICS, METRICS, readers
from lrsearch.spec.sections.choices import Choice, Section
from lrsearch.spec.sections.metric import METRIC_SCHEMA, parse_metric
from lrsearch.spec.sections.rates import (
    NAMED_SCHEMA,
    RATE_SCHEMA,
    RATES_SCHEMA,
    Rates,
    parse_named,
    parse_rate,
    parse_rates,
)
from lrsearch.spec.sections.roles import Adjustable, Fixed, Setting
from lrsearch.spec.sections.train_keys import MOST_EPOCHS
from lrsearch.spec.sections.values import flag, number, validator, whole

_METRIC = Choice(DEFAULT_METRICS["classification"])

MOST_RATES = 100_000
"""Maximum number of learning rates in one run, over all arms. A run with more rates would be too slow to read, list or
plot."""
_MOST_REPEATS = 10_000

_rates = partial(whole, high=MOST_RATES, why_high="a run with more rates would be too slow to show")
_repeats = partial(whole, high=_MOST_REPEATS, why_high="more repeats tell no more about a rate")


def _readers(key: str) -> str:
    """Name the strategies that read a key."""
    return ", ".join(readers(key))


class SearchSpec(Section):
    """Which learning rates are tried, and how they are scored."""

    metric: Setting[Annotated[Choice, validator(parse_metric, METRIC_SCHEMA)]] = Field(
        default=_METRIC,
        description=f"rank by {', '.join(METRICS)} or {{name: x, goal: min}}",
    )
    lr: Adjustable[Annotated[Rates | Literal["auto"], validator(parse_rates, RATES_SCHEMA)] | None] = Field(
        default=None,
        description="{low: 1e-4, high: 1, scale: log}, a list [0.1, 0.01], auto (a range test); null: the usual range",
    )
    suggested: Setting[Annotated[float, validator(parse_rate, RATE_SCHEMA)] | None] = Field(
        default=None,
        description="rate that you expect to be good; bayes and auto begin with this rate, and results show its rank",
    )
    points: Adjustable[Annotated[int, _rates(1)] | None] = Field(
        default=None, description=f"{_readers('search.points')}: number of rates; null: 3 per decade (factor of 10)"
    )
    trials: Adjustable[Annotated[int, _rates(1)]] = Field(
        default=20, description=f"{_readers('search.trials')}: number of rates to try"
    )
    budget: Adjustable[Annotated[int, _rates(1)]] = Field(
        default=10, description=f"{_readers('search.budget')}: number of trainings to spend; shorter ones count less"
    )
    scan_epochs: Fixed[Annotated[int, whole(1, MOST_EPOCHS)] | None] = Field(
        default=None,
        description=f"{_readers('search.scan_epochs')}: epochs of its short trainings; null: an eighth of the epochs",
    )
    repeats: Adjustable[Annotated[int, _repeats(1)]] = Field(
        default=1, description="number of trainings of each rate, each with a different seed"
    )
    sampler: Fixed[Literal["tpe", "gp"]] = Field(
        default="tpe",
        description=f"{_readers('search.sampler')}: method that proposes rates: tpe, or gp (a Gaussian process)",
    )
    batch: Fixed[Annotated[int, _rates(1)]] = Field(
        default=4,
        description="bayes, prune: number of rates to propose at a time, based on all earlier results",
    )
    prune: Fixed[Literal["none", "median", "halving"]] = Field(
        default="none", description=f"{_readers('search.prune')}: stop poor trainings early: none, median or halving"
    )
    eta: Fixed[Annotated[int, whole(2, 100, why_high="almost all rates would be stopped at once")]] = Field(
        default=2, description="halving: one of this many rates goes on, for this many times as many epochs"
    )
    min_epochs: Fixed[Annotated[int, whole(1, MOST_EPOCHS)] | None] = Field(
        default=None,
        description="halving, prune: epochs before rates are first compared; null: an eighth (prune: a quarter)",
    )
    extend: Adjustable[Annotated[bool, flag()]] = Field(
        default=False,
        description="try rates beyond the range as long as the best rate is at an end, up to 3 decades on a side",
    )
    refine: Adjustable[Annotated[int, _rates(0)]] = Field(
        default=0, description="number of rates to add around the best rate, halfway between rates already tried"
    )
    confirm: Adjustable[Annotated[int, _rates(0)]] = Field(
        default=0,
        description="number of best rates to train again with new seeds; only the new results then rank these rates",
    )
    max_repeats: Adjustable[Annotated[int, _repeats(2)]] = Field(
        default=5, description="confirm: maximum number of new seeds for each rate"
    )
    named: Adjustable[Annotated[tuple[float, ...], validator(parse_named, NAMED_SCHEMA)]] = Field(
        default=(), description="rates to train after the search, and to rank with the others: [0.03, 0.05]"
    )
    margin: Adjustable[Annotated[float, number(0.0, above_low=True)] | None] = Field(
        default=None,
        description="auto, confirm: stop when no rate can beat the best by this margin; null: the metric's (auto: x2)",
    )
    scored_epoch: Setting[Literal["last", "best"]] = Field(
        default="last", description="epoch that gives the score: last, or best (too high on average)"
    )
