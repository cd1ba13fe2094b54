"""Strategies whose rates are all known before the first training."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache

from lrsearch.errors import UsageError
from lrsearch.interfaces import Answer
from lrsearch.records import Result, Trial
from lrsearch.spec import Spec
from lrsearch.strategies.method import Method
from lrsearch.strategies.pruned import unused_keys
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

    @property
    def doing(self) -> str:
        """An empty text, because the trials themselves show what is done."""
        return ""

    def ask(self) -> Trial | Answer:
        """Return the next trial of the list; DONE after the last trial."""
        return next(self._trials, Answer.DONE)

    def tell(self, result: Result) -> None:
        """Ignore a result."""

    def may_continue(self, trial: Trial) -> bool:  # noqa: ARG002  (no trial is partial)
        """Return False, because no trial of a list continues an earlier trial."""
        return False


def listed_method(rates: Callable[[Spec], tuple[float, ...]]) -> Method:
    """Make the method of a strategy that plans all rates at once.

    Args:
        rates: Plans the rates of a spec, all different.
    """
    rates = lru_cache(maxsize=4)(rates)  # a plan asks several times, and to draw 100,000 rates takes a second
    return Method(
        rates=rates,
        n_rates=lambda spec: len(rates(spec)),
        n_trials=lambda spec: len(rates(spec)) * spec.search.repeats,
        round_size=lambda spec: None if spec.search.prune == "none" else spec.search.batch,
        words=lambda _: None,
        remarks=unused_keys,
        make=lambda spec, *_: Listed(rates(spec), repeats=spec.search.repeats, epochs=spec.train.epochs),
    )


def all_different(rates: tuple[float, ...], space: Space) -> tuple[float, ...]:
    """Return the rates of a space if all rates differ.

    Raises:
        UsageError: The range is so narrow that two rates are the same floating-point number.
    """
    if len(set(rates)) < len(rates):
        raise too_narrow(space, len(rates))
    return rates


def too_narrow(space: Space, n_rates: int) -> UsageError:
    """Make the error for a range with fewer floating-point numbers than the rates to try."""
    return UsageError(
        f"search.lr: {space.low!r} .. {space.high!r} holds too few floating-point numbers for {n_rates:,} different "
        "rates; widen the range or try fewer rates"
    )
