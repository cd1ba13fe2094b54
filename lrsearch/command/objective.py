"""A Python function of the user that trains a trial, in place of a program: `objective(lr, seed, report)`."""

from __future__ import annotations

import inspect
import math
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, SupportsFloat, TypeAlias

from lrsearch.command.lines import Reading
from lrsearch.command.metrics import Series
from lrsearch.command.program import Program
from lrsearch.command.pruning import Prune, never_prune
from lrsearch.command.reported import Reported, epoch_numbers
from lrsearch.errors import UsageError
from lrsearch.interfaces import Context, Trainer
from lrsearch.records import Point, Result, Stack, Trial
from lrsearch.seeds import seed_for

Objective: TypeAlias = Callable[..., SupportsFloat | None]
"""A function that trains with one learning rate.

The function gets the arguments that it names: lr, seed, repeat, epochs, report, and the arguments that arms set. The
function calls `report(epoch=3, val_acc=0.91)` once for each epoch. If the function returns a number, this number is the
score.
"""

GIVEN = ("lr", "seed", "repeat", "epochs", "report")
"""The arguments that an objective may name. All other arguments are placeholders, which arms may set."""


class _Stopped(BaseException):
    """Ends an objective at its next `report`. An `except Exception` in the objective must not catch this exception."""


class _Pruned(BaseException):
    """Ends an objective whose metric is worse than the bound of its trial."""


@dataclass(frozen=True, slots=True)
class _Arguments:
    named: frozenset[str]
    takes_all: bool

    @classmethod
    def of(cls, objective: Objective) -> _Arguments:
        parameters = inspect.signature(objective).parameters.values()
        by_name = {each.name for each in parameters if each.kind in {each.POSITIONAL_OR_KEYWORD, each.KEYWORD_ONLY}}
        return cls(frozenset(by_name), any(each.kind is each.VAR_KEYWORD for each in parameters))


def program_of_objective(objective: Objective) -> Program:
    """Make the program that stands for a function.

    Args:
        objective: The function. Worker processes can train only with a function that they can import.

    Raises:
        UsageError: The objective is no function, or has no argument `lr`.
    """
    if not callable(objective):
        raise UsageError(f"objective: expected a function, got {type(objective).__name__}")
    try:
        arguments = _Arguments.of(objective)
    except (TypeError, ValueError) as error:
        raise UsageError(f"objective: its arguments cannot be read: {error}") from None
    if "lr" not in arguments.named and not arguments.takes_all:
        raise UsageError("objective: the function needs an argument named lr, as in objective(lr, seed, report)")
    name = getattr(objective, "__qualname__", type(objective).__qualname__).replace("<locals>.", "")
    shown = ", ".join(f"{{{argument}}}" for argument in inspect.signature(objective).parameters)
    return Program(command=(f"{name}({shown})",), folder=str(Path.cwd()), objective=objective)


def make_objective_trainer(
    program: Program,
    metric: str,
    seed: int,
    *,
    settings: Callable[[Trial], Mapping[str, object]] = lambda _: {},
    prune: Prune = never_prune,
) -> Trainer:
    """Build the function that trains by calling an objective in this process.

    Args:
        program: The program that stands for the function.
        metric: Name of the metric that is the score, as the function reports it.
        seed: The spec's seed.
        settings: Returns the values of the arguments that the arm of a trial sets.
        prune: Says after an epoch why a trial ends as pruned.
    """
    objective: Objective = program.objective  # type: ignore[assignment]  # `setup` chooses this trainer if it is one
    arguments = _Arguments.of(objective)

    def train(stack: Stack, context: Context) -> Iterator[Point | Result]:
        for trial in stack:
            values = {
                **settings(trial),
                "lr": trial.lr,
                "seed": seed_for(seed, "command", trial.repeat) % 2**31,
                "repeat": trial.repeat,
                "epochs": trial.until,
            }
            calls = _Reports(metric, context, trial, program, prune)
            started = time.monotonic()
            known = {**values, "report": calls.report}
            passed = known if arguments.takes_all else {k: v for k, v in known.items() if k in arguments.named}
            state, message, score = "ok", "", None
            try:
                score = _as_score(objective(**passed))
            except _Stopped:
                return
            except _Pruned as pruned:
                state, message = "pruned", str(pruned)
            except (OverflowError, FloatingPointError) as error:
                state, message = "diverged", f"{type(error).__name__}: {error}"
            seconds = time.monotonic() - started
            points, last, trouble = calls.points(seconds)
            yield from points
            result = Result(trial=trial, state="failed", points=tuple(points), seconds=seconds)
            yield _judged(result, metric, program, score, last, trouble, state, message)

    return train


def _judged(
    result: Result,
    metric: str,
    program: Program,
    score: float | None,
    last: float | None,
    trouble: str,
    state: str,
    message: str,
) -> Result:
    """Set the state and the score of a result.

    The score is what the function returned, or else the last reported value.
    """
    value = last if score is None else score
    if state == "diverged":
        return replace(result, state="diverged", message=message)
    if state == "pruned":
        last_point = result.points[-1]
        score_then, epoch = last_point.metrics[metric], last_point.epoch
        return replace(result, state="pruned", score=score_then, scored_epoch=epoch, message=message)
    if value is not None and not math.isfinite(value):
        return replace(result, state="diverged", message=f"{metric} is {value}")
    if value is None:
        return replace(result, message=f"the function returned no number, and {trouble}")
    value = program.in_unit(value)
    epoch = result.points[-1].epoch if result.points else 1
    if score is not None and (not result.points or result.points[-1].metrics[metric] != value):
        epoch = epoch + 1 if result.points else 1
        added = Point(trial=result.trial.number, epoch=epoch, lr=result.trial.lr, seconds=0.0, metrics={metric: value})
        result = replace(result, points=(*result.points, added))
    return replace(result, state="ok", score=value, scored_epoch=epoch)


def _as_score(value: object) -> float | None:
    if value is None:
        return None
    try:
        return float(value)  # type: ignore[arg-type]  # checked by the call itself
    except (TypeError, ValueError):
        raise TypeError(f"the objective must return a number or None, got {value!r}") from None


class _Reports:
    """Collects what an objective reports."""

    def __init__(self, metric: str, context: Context, trial: Trial, program: Program, prune: Prune) -> None:
        self._metric, self._context = metric, context
        self._trial, self._program, self._prune = trial, program, prune
        self._reported, self._n_calls = Reported(metric), 0

    def report(self, **metrics: SupportsFloat) -> None:
        """Take the metrics of an epoch. Ends the function if the search is to stop, or if the trial is pruned."""
        if self._context.should_stop():
            raise _Stopped
        values: dict[str, float] = {}
        for name, value in metrics.items():
            try:
                values[name] = float(value)
            except (TypeError, ValueError):
                raise TypeError(f"report: {name} must be a number, got {value!r}") from None
        self._n_calls += 1
        epoch = values.pop("epoch", float(self._n_calls))
        self._reported.add(Reading(name, value, epoch, self._n_calls) for name, value in values.items())
        if self._trial.stop_below:
            points, _, _ = self.points()
            if points and (why := self._prune(self._trial, points[-1])):
                raise _Pruned(why)

    def points(self, seconds: float = 0.0) -> tuple[list[Point], float | None, str]:
        """Return the epochs, the last value of the metric (None if there is none), and the reason if there is none."""
        series = self._reported.series()
        if not isinstance(series, Series):
            return [], None, series
        points: list[Point] = []
        for number, epoch, value in zip(epoch_numbers(series.epochs), series.epochs, series.values, strict=True):
            if not math.isfinite(value):
                break
            others: dict[str, Any] = {
                name: of for name, of in self._reported.others(epoch).items() if math.isfinite(of)
            }
            metrics = {**others, self._metric: self._program.in_unit(value)}
            share = seconds / len(series.values)
            points.append(
                Point(trial=self._trial.number, epoch=number, lr=self._trial.lr, seconds=share, metrics=metrics)
            )
        return points, series.values[-1], ""
