"""Stops trainings early: gives each trial of a strategy the bounds below which the trial ends as pruned."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

from lrsearch.interfaces import Answer, Strategy
from lrsearch.records import Result, Trial
from lrsearch.spec import SearchSpec, Spec

DEFAULT_ETA = SearchSpec().eta

Bounds: TypeAlias = Callable[[Sequence[Result]], Mapping[int, float]]
"""Returns the bounds of a new trial (`Trial.stop_below`) from earlier results."""


def unused_keys(spec: Spec) -> list[str]:
    """Return warnings, one line each, about keys that have no effect because the search does not prune."""
    search = spec.search
    given = {"eta": search.eta != DEFAULT_ETA, "min_epochs": search.min_epochs is not None}
    if search.prune == "halving":
        return []
    needed = "search.prune: halving" if search.prune == "median" else "search.prune"
    unused = [key for key, is_given in given.items() if is_given and (key == "eta" or search.prune == "none")]
    return [f"search.{key} has no effect without {needed}" for key in unused]


class Pruned:
    """Asks a strategy for trials in rounds, and sets their bounds from the results of earlier rounds.

    A round has a fixed number of rates, and begins when all results of the round before it are in. So bounds never
    depend on when results come. Only the first seed of a rate is pruned: its other seeds are trained wholly if the
    first one came to its end, and left out if the first one was pruned.
    """

    def __init__(self, strategy: Strategy, bounds: Bounds, *, round_size: int) -> None:
        """Start with the first round, which has no bounds.

        Args:
            strategy: The strategy that proposes the rates. It asks for the first seed of all rates of a round first.
            bounds: Computes the bounds of a round.
            round_size: Number of rates in a round.
        """
        self._strategy, self._bounds, self._round_size = strategy, bounds, round_size
        self._asked: list[Trial] = []  # as the strategy numbered them
        self._held: Trial | None = None
        self._firsts: dict[int, Result] = {}  # the result of the first seed of each proposal
        self._bounds_of: dict[int, Mapping[int, float]] = {}

    @property
    def doing(self) -> str:
        """What the strategy does."""
        return self._strategy.doing

    def ask(self) -> Trial | Answer:
        """Return the next trial with its bounds; WAIT while results that decide about the trial are missing."""
        while True:
            answer, self._held = self._held or self._strategy.ask(), None
            if isinstance(answer, Answer):
                return answer
            if not self._is_ready(answer):
                self._held = answer
                return Answer.WAIT
            first = self._firsts.get(answer.proposal)
            if answer.repeat and first is not None and first.state == "pruned":
                self._strategy.tell(Result(trial=answer, state="failed", message="its first seed was pruned"))
                continue
            number = len(self._asked)
            self._asked.append(answer)
            return replace(answer, number=number, stop_below={} if answer.repeat else self._bounds_for(answer))

    def tell(self, result: Result) -> None:
        """Take a result, and pass it to the strategy."""
        trial = self._asked[result.trial.number]
        if not trial.repeat:
            self._firsts[trial.proposal] = result
        self._strategy.tell(replace(result, trial=trial))

    def may_continue(self, trial: Trial) -> bool:
        """Whether a later trial of the strategy may continue this trial."""
        return self._strategy.may_continue(trial)

    def _is_ready(self, trial: Trial) -> bool:
        """Whether the results that decide about a trial are in: of earlier rounds, or of the first seed of its rate."""
        if trial.repeat:
            return trial.proposal in self._firsts
        return all(proposal in self._firsts for proposal in range(self._first_of_round(trial)))

    def _first_of_round(self, trial: Trial) -> int:
        return trial.proposal // self._round_size * self._round_size

    def _bounds_for(self, trial: Trial) -> Mapping[int, float]:
        first = self._first_of_round(trial)
        if first not in self._bounds_of:
            self._bounds_of[first] = self._bounds([self._firsts[proposal] for proposal in range(first)])
        return self._bounds_of[first]
