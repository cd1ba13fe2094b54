"""Converts requests of `auto` to trials, and results to runs."""

from __future__ import annotations

from collections import deque

from lrsearch.analysis.auto import AutoRun
from lrsearch.interfaces import Answer
from lrsearch.records import Result, Trial
from lrsearch.strategies.auto.records import AutoAnswer, AutoSettings, Request
from lrsearch.strategies.auto.search import auto_search
from lrsearch.wording import rounded


class Auto:
    """Proposes the trainings of `auto`, batch by batch. It asks for a batch once all earlier results are in.

    Attributes:
        answer: The answer; None until the search is done.
    """

    def __init__(self, settings: AutoSettings) -> None:
        """Plan the scan."""
        self._search = auto_search(settings)
        self._requests = deque(next(self._search))
        self._asked: list[Request] = []
        self._told: list[AutoRun] = []
        self._batch: list[Request] = list(self._requests)
        self._proposals: dict[float, int] = {}
        self.answer: AutoAnswer | None = None

    def ask(self) -> Trial | Answer:
        """Return the next trial; WAIT if results of its batch are missing; DONE with the answer."""
        if not self._requests and len(self._told) == len(self._batch):
            self._go_on()
        if self.answer is not None:
            return Answer.DONE
        if not self._requests:
            return Answer.WAIT
        request = self._requests.popleft()
        self._asked.append(request)
        lr = rounded(10**request.x)
        return Trial(
            number=len(self._asked) - 1,
            proposal=self._proposals.setdefault(lr, len(self._proposals)),
            lr=lr,
            repeat=request.repeat,
            horizon=request.horizon,
            until=request.until,
        )

    def tell(self, result: Result) -> None:
        """Take a result."""
        self._told.append(auto_run(self._asked[result.trial.number], result))

    def may_continue(self, trial: Trial) -> bool:
        """Whether a whole training may go on from a scanned one."""
        return self.answer is None and not trial.is_whole

    def _go_on(self) -> None:
        try:
            self._batch = self._search.send(self._told)
        except StopIteration as end:
            self.answer = end.value
            return
        self._told = []
        self._requests.extend(self._batch)


def auto_run(request: Request, result: Result) -> AutoRun:
    """Convert the result of a training to a run. Scores are in points.

    Args:
        request: What was asked for.
        result: The result of the training.
    """
    return AutoRun(
        x=request.x,
        repeat=request.repeat,
        horizon=request.horizon,
        until=request.until,
        scores=tuple(100 * point.val_accuracy for point in result.points),
        losses=tuple(point.train_loss for point in result.points),
        learned=result.is_candidate,
        untrained_loss=result.untrained_loss,
        is_fault=not result.is_final,
    )
