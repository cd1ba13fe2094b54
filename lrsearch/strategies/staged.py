"""Runs stages after the search of one arm. Each stage looks at the results so far and proposes more trainings."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import NamedTuple, TypeAlias

from lrsearch.interfaces import Answer, Strategy
from lrsearch.records import Configuration, Result, Trial


class Training(NamedTuple):
    """What a stage asks for: a learning rate, the repeat whose seed the training uses, and the trial's overrides."""

    lr: float
    repeat: int
    overrides: Mapping[str, object] = MappingProxyType({})


Stage: TypeAlias = Callable[[Sequence[Result]], Iterator[Sequence[Training]]]
"""Function from the results, which grow with each round, to the rounds of trainings that the stage asks for."""

Stages: TypeAlias = Mapping[str, Stage]
"""Stages by name, in the order in which they run."""


class Staged:
    """Runs a strategy, then the stages that follow it. A round of a stage starts when all earlier results are in.

    A stage depends only on the results. So a resumed search proposes the same rounds again.
    """

    def __init__(self, strategy: Strategy, stages: Stages, *, epochs: int) -> None:
        """Start with the strategy.

        Args:
            strategy: The strategy, which proposes trials before the stages.
            stages: The stages that follow the search, in this order.
            epochs: Epochs of each training.
        """
        self._strategy, self._epochs = strategy, epochs
        self._results: list[Result] = []
        self._rounds = ((name, trainings) for name, stage in stages.items() for trainings in stage(self._results))
        self._queue: list[Trial] = []
        self._proposals: dict[Configuration, int] = {}
        self._n_asked = self._n_searched = 0
        self._is_searching = True

    @property
    def doing(self) -> str:
        """What the strategy does now; "" in the stages."""
        return self._strategy.doing if self._is_searching else ""

    def ask(self) -> Trial | Answer:
        """Return the next trial; WAIT while results of earlier trials are missing; DONE after the last stage."""
        if self._is_searching:
            answer = self._strategy.ask()
            if isinstance(answer, Trial):
                self._n_asked += 1
                self._n_searched += 1
                self._proposals.setdefault(answer.configuration, answer.proposal)
            if answer is not Answer.DONE:
                return answer
            self._is_searching = False
        while not self._queue:
            if len(self._results) < self._n_asked:
                return Answer.WAIT
            stage, trainings = next(self._rounds, ("", None))
            if trainings is None:
                return Answer.DONE
            self._queue = [self._trial(stage, training, self._n_asked + i) for i, training in enumerate(trainings)]
        self._n_asked += 1
        return self._queue.pop(0)

    def tell(self, result: Result) -> None:
        """Record a result. If the strategy proposed the trial, tell the strategy the result too."""
        self._results.append(result)
        if result.trial.number < self._n_searched:
            self._strategy.tell(result)

    def may_continue(self, trial: Trial) -> bool:
        """Whether a later trial of the strategy may continue this trial. Stages never continue a trial."""
        return self._strategy.may_continue(trial)

    def _trial(self, stage: str, training: Training, number: int) -> Trial:
        trial = Trial(
            number=number,
            proposal=0,
            lr=training.lr,
            repeat=training.repeat,
            horizon=self._epochs,
            until=self._epochs,
            overrides=dict(training.overrides),
            stage=stage,
        )
        next_proposal = max(self._proposals.values(), default=-1) + 1
        return replace(trial, proposal=self._proposals.setdefault(trial.configuration, next_proposal))
