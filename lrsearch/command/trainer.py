"""The command trainer: runs a program for each trial, and reads the metric from what the program reports."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from itertools import islice
from math import isfinite
from pathlib import Path

from lrsearch.command.judgement import judged
from lrsearch.command.metrics import Series
from lrsearch.command.process import Ended, locked, run_command
from lrsearch.command.program import Call, Program, call_of, environment_of, gpus_of, own_folder
from lrsearch.command.pruning import Prune, never_prune
from lrsearch.command.reported import Reported, epoch_numbers
from lrsearch.command.secrets import hide_secrets
from lrsearch.command.sources import Sources
from lrsearch.errors import DataError
from lrsearch.interfaces import Context, Trainer
from lrsearch.places import here
from lrsearch.records import Point, Result, Stack, Trial


def make_command_trainer(
    program: Program,
    metric: str,
    seed: int,
    *,
    settings: Callable[[Trial], Mapping[str, object]] = lambda _: {},
    prune: Prune = never_prune,
    worker: int = 0,
    n_devices: int = 0,
) -> Trainer:
    """Build the function that trains by running a program.

    Args:
        program: The program.
        metric: Name of the metric that is the score.
        seed: The spec's seed.
        settings: Returns the values of the placeholders that the arm of a trial sets.
        prune: Says after an epoch why a trial ends as pruned.
        worker: Number of the worker, from 0. The number decides which GPUs the worker uses.
        n_devices: GPUs of the machine.
    """
    gpus = gpus_of(worker, program.gpus_per_trial, os.environ.get("CUDA_VISIBLE_DEVICES"), n_devices)

    def train(stack: Stack, context: Context) -> Iterator[Point | Result]:
        for trial in stack:
            call = call_of(program, trial, seed, settings(trial), own_folder(Path(program.trials), trial))
            yield from _train(program, metric, trial, call, environment_of(call, gpus), context, prune)
            if context.should_stop():
                return

    return train


def _train(
    program: Program,
    metric: str,
    trial: Trial,
    call: Call,
    environment: Mapping[str, str],
    context: Context,
    prune: Prune,
) -> Iterator[Point | Result]:
    """Run the program. Yield a Point for each value of the metric, and a Result unless the program was stopped.

    If the trial is tried again, the processes of the first attempt must end first. They would write into the same
    folder.
    """
    with locked(call.claim, context.should_stop) as lock:
        if lock is not None:
            yield from _train_alone(program, metric, trial, call, environment, context, prune, lock)


def _train_alone(
    program: Program,
    metric: str,
    trial: Trial,
    call: Call,
    environment: Mapping[str, str],
    context: Context,
    prune: Prune,
    lock: int,
) -> Iterator[Point | Result]:
    _make_folder(program, call)
    points = _Points(program, metric, trial)
    started = time.monotonic()
    ended: Ended | None = None
    sources = Sources(program, metric, call)
    why_pruned = ""
    events = run_command(
        call.arguments,
        log=call.log,
        environment=environment,
        folder=Path(here(program.folder)),
        should_stop=context.should_stop,
        grace_seconds=program.grace_seconds,
        lock=lock,
    )
    with closing(events):  # it ends a program that is pruned
        for event in events:
            if isinstance(event, Ended):
                ended = event
            elif sources.feed(event):
                for point in points.ended_epochs(sources.reported, time.monotonic() - started):
                    yield point
                    if why_pruned := prune(trial, point):
                        break
            if why_pruned:
                break
    if why_pruned:
        yield points.pruned(why_pruned, time.monotonic() - started)
        return
    if ended is None or ended.was_stopped:
        return
    try:
        reported = sources.end()
    except DataError as error:
        yield Result(trial=trial, state="failed", message=str(error), seconds=time.monotonic() - started)
        return
    yield from points.all_epochs(reported, time.monotonic() - started)
    seconds = time.monotonic() - started
    result = Result(trial=trial, state="failed", points=tuple(points.yielded), seconds=seconds)
    result = judged(result, reported.series(), ended, program, metric, call.log)
    yield replace(result, message=hide_secrets(result.message, program.command))


def _make_folder(program: Program, call: Call) -> None:
    """Make the trial's own folder.

    The folder is empty, unless the program asks to keep the files of an earlier attempt.
    """
    if not program.keep_dir:
        shutil.rmtree(call.folder, ignore_errors=True)
        call.log.unlink(missing_ok=True)
    call.folder.mkdir(parents=True, exist_ok=True)
    if call.config is not None:
        path, text = call.config
        path.write_text(text, encoding="utf-8")


class _Points:
    """Makes a Point from each value of the metric. A value is final when the next epoch has a value.

    Attributes:
        yielded: The points so far.
    """

    def __init__(self, program: Program, metric: str, trial: Trial) -> None:
        self._program, self._metric, self._trial = program, metric, trial
        self.yielded: list[Point] = []
        self._seconds = 0.0

    def ended_epochs(self, reported: Reported, seconds: float) -> Iterator[Point]:
        """Yield the new epochs except the last one, whose value may still change."""
        yield from self._new(reported, seconds, is_over=False)

    def all_epochs(self, reported: Reported, seconds: float) -> Iterator[Point]:
        """Yield the new epochs, including the last one."""
        yield from self._new(reported, seconds, is_over=True)

    def pruned(self, why: str, seconds: float) -> Result:
        """Return the result of a trial that ends as pruned after its last epoch so far."""
        last = self.yielded[-1]
        return Result(
            trial=self._trial,
            state="pruned",
            points=tuple(self.yielded),
            score=last.metrics[self._metric],
            scored_epoch=last.epoch,
            seconds=seconds,
            message=why,
        )

    def _new(self, reported: Reported, seconds: float, *, is_over: bool) -> Iterator[Point]:
        series = reported.series()
        if not isinstance(series, Series):
            return
        end = len(series.values) if is_over else len(series.values) - 1
        first = len(self.yielded)
        share = (seconds - self._seconds) / max(1, end - first)
        values = zip(epoch_numbers(series.epochs), series.epochs, series.values, strict=True)
        for number, epoch, value in islice(values, first, end):
            if not isfinite(value):
                return
            metrics = {**_finite(reported.others(epoch)), self._metric: self._program.in_unit(value)}
            point = Point(trial=self._trial.number, epoch=number, lr=self._trial.lr, seconds=share, metrics=metrics)
            self.yielded.append(point)
            yield point
        if end > first:
            self._seconds = seconds


def _finite(values: Mapping[str, float]) -> dict[str, float]:
    return {name: value for name, value in values.items() if isfinite(value)}
