"""The strategy `auto`: converts the requests of its search to trials, and results to runs."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable
from dataclasses import replace

from lrsearch.analysis.auto import AutoRun
from lrsearch.analysis.evidence import AutoFinding
from lrsearch.analysis.ranking import scale_of
from lrsearch.interfaces import Answer
from lrsearch.records import Result, Task, Trial
from lrsearch.spec import Spec, search_metric
from lrsearch.strategies.auto.finding import finding_of
from lrsearch.strategies.auto.plan import is_constant, scan_epochs
from lrsearch.strategies.auto.records import AutoSettings, Request, Standing, Step
from lrsearch.strategies.auto.search import auto_search
from lrsearch.strategies.auto.words import step_line
from lrsearch.strategies.space import space_of
from lrsearch.wording import rounded


def auto_settings(spec: Spec, task: Task) -> AutoSettings:
    """Return the settings of the search of one arm.

    Args:
        spec: The spec of the arm.
        task: What the arm trains. If the loss of an untrained network is not known, no rate counts as too low to change
            anything.
    """
    space, metric = space_of(spec), search_metric(spec)
    baseline = task.baseline("train_loss")
    untrained = baseline.constant if baseline.untrained is None else baseline.untrained
    return AutoSettings(
        low=math.log10(space.low),
        high=math.log10(space.high),
        epochs=spec.train.epochs,
        constant=is_constant(spec),
        scan_epochs=scan_epochs(spec),
        budget=spec.search.budget,
        margin=spec.search.margin,
        suggested=None if spec.search.suggested is None else math.log10(spec.search.suggested),
        untrained_loss=math.inf if untrained is None else untrained,
        scale_of=lambda scores: scale_of(metric, task, scores),
        scores_last=spec.search.scored_epoch == "last" and spec.train.early_stopping is None,
    )


class Auto:
    """Proposes the trainings of `auto`, step by step. A step begins when all results of the earlier steps are in.

    Attributes:
        standing: The judgement of all results before the current step; when the search is done, the answer.
        is_done: Whether the search is done.
    """

    def __init__(self, settings: AutoSettings) -> None:
        """Plan the scan."""
        self._settings = settings
        self._search = auto_search(settings)
        self._asked: list[tuple[Request, Trial]] = []
        self._told: list[AutoRun] = []
        self._proposals: dict[float, int] = {}
        self._is_first = True
        self.is_done = False
        self._begin(next(self._search))

    def _begin(self, step: Step) -> None:
        self._step, self._requests, self._told = step, deque(step.requests), []
        self.standing: Standing = step.standing

    @property
    def doing(self) -> str:
        """The purpose of the current step; "" when the search is done."""
        return "" if self.is_done else step_line(self._step, self._settings)

    def ask(self) -> Trial | Answer:
        """Return the next trial; WAIT if results of its step are missing; DONE with the answer."""
        if not self.is_done and not self._requests and len(self._told) == len(self._step.requests):
            self._go_on()
        if self.is_done:
            return Answer.DONE
        if not self._requests:
            return Answer.WAIT
        request = self._requests.popleft()
        lr = rounded(10**request.x)
        trial = Trial(
            number=len(self._asked),
            proposal=self._proposals.setdefault(lr, len(self._proposals)),
            lr=lr,
            repeat=request.repeat,
            horizon=request.horizon,
            until=request.until,
            stage="" if self._is_first else self._step.stage,
        )
        self._asked.append((request, trial))
        return trial

    def tell(self, result: Result) -> None:
        """Take a result."""
        request, _ = self._asked[result.trial.number]
        self._told.append(auto_run(request, result, self._settings))

    def may_continue(self, trial: Trial) -> bool:
        """Whether a whole training may continue this training of the scan."""
        return not self.is_done and not trial.is_whole

    def _go_on(self) -> None:
        self._is_first = False
        try:
            self._begin(self._search.send(self._told))
        except StopIteration as end:
            self.standing, self.is_done = end.value, True


def auto_run(request: Request, result: Result, settings: AutoSettings) -> AutoRun:
    """Convert the result of a training to a run, with scores in the metric's own unit up to the scored epoch.

    Args:
        request: What was asked for.
        result: The result of the training.
        settings: The settings of the search.
    """
    metric = settings.scale_of({}).metric
    scored = result.points if settings.scores_last else result.points[: result.scored_epoch]
    is_finite = result.score is not None and math.isfinite(result.score)
    return AutoRun(
        x=request.x,
        repeat=request.repeat,
        horizon=request.horizon,
        until=request.until,
        scores=tuple(point.metrics.get(metric.name, math.nan) for point in scored),
        losses=tuple(point.train_loss for point in result.points),
        learned=result.is_candidate and is_finite,
        untrained_loss=result.untrained_loss,
        is_fault=not result.is_final,
    )


def find(spec: Spec, task: Task, results: Iterable[Result]) -> AutoFinding:
    """Compute the answer for one arm from its results: make the search again with these results.

    Args:
        spec: The spec of the arm.
        task: What the arm trains.
        results: The latest result of each trial of the arm. The search is repeated up to the first missing result.
    """
    settings = auto_settings(spec, task)
    strategy = Auto(settings)
    known = {_identity(result.trial): result for result in results}
    while isinstance(asked := strategy.ask(), Trial) and (result := known.get(_identity(asked))) is not None:
        strategy.tell(replace(result, trial=asked))
    return finding_of(strategy.standing, settings, is_done=strategy.is_done)


def _identity(trial: Trial) -> tuple[float, int, int, int]:
    return trial.lr, trial.repeat, trial.horizon, trial.until
