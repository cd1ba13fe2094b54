"""What follows a search of one arm: stages that each look at its results and propose more of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeAlias

from lrsearch.interfaces import Answer, Strategy
from lrsearch.records import Result, Trial

Training: TypeAlias = tuple[float, int]
"""A learning rate and the repeat under whose seed it is trained."""

Stage: TypeAlias = Callable[[Sequence[Result]], Iterator[Sequence[Training]]]
"""Given the results told so far, a sequence that grows: proposes trainings, batch by batch, until it has enough."""

Stages: TypeAlias = Mapping[str, Stage]
"""Stages by their names, in their order."""


class Staged:
    """A strategy, and stages behind it, each begun when all results before it are told.

    Stages are functions of results alone, so that a search that was interrupted walks through the same ones.
    """

    def __init__(self, strategy: Strategy, stages: Stages, *, epochs: int) -> None:
        """Begin with the strategy.

        Args:
            strategy: The search itself.
            stages: What follows it, in this order.
            epochs: Epochs of each training.
        """
        self._strategy, self._epochs = strategy, epochs
        self._results: list[Result] = []
        self._batches = ((name, batch) for name, stage in stages.items() for batch in stage(self._results))
        self._queue: list[Trial] = []
        self._proposals: dict[float, int] = {}
        self._n_asked = self._n_own = 0
        self._is_searching = True

    def ask(self) -> Trial | Answer:
        """The next trial; WAIT where a stage needs the results of what was asked before."""
        if self._is_searching:
            answer = self._strategy.ask()
            if isinstance(answer, Trial):
                self._n_asked += 1
                self._n_own += 1
                self._proposals.setdefault(answer.lr, answer.proposal)
            if answer is not Answer.DONE:
                return answer
            self._is_searching = False
        while not self._queue:
            if len(self._results) < self._n_asked:
                return Answer.WAIT
            stage, batch = next(self._batches, ("", None))
            if batch is None:
                return Answer.DONE
            self._queue = [self._trial(stage, *training, self._n_asked + i) for i, training in enumerate(batch)]
        self._n_asked += 1
        return self._queue.pop(0)

    def tell(self, result: Result) -> None:
        """Take a result."""
        self._results.append(result)
        if result.trial.number < self._n_own:
            self._strategy.tell(result)

    def _trial(self, stage: str, lr: float, repeat: int, number: int) -> Trial:
        proposal = self._proposals.setdefault(lr, max(self._proposals.values(), default=-1) + 1)
        return Trial(
            number=number,
            proposal=proposal,
            lr=lr,
            repeat=repeat,
            horizon=self._epochs,
            until=self._epochs,
            stage=stage,
        )
