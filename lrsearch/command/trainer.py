"""The command trainer: runs a program for each trial, and reads the metric from what the program reports."""

from __future__ import annotations

import os
import re
import shutil
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from itertools import islice
from math import isfinite
from pathlib import Path

from lrsearch.command.files import read_files
from lrsearch.command.lines import LineReader, without_escapes
from lrsearch.command.metrics import Series
from lrsearch.command.process import Ended, locked, run_command
from lrsearch.command.program import Call, Program, call_of, environment_of, gpus_of, own_folder
from lrsearch.command.reported import PatternReader, Reported, epoch_numbers
from lrsearch.command.secrets import hide_secrets
from lrsearch.errors import DataError
from lrsearch.interfaces import Context, Trainer
from lrsearch.records import Point, Result, Stack, Trial
from lrsearch.wording import one_line

_BROKE = re.compile(r"\b(?:nan|inf|infinity|overflow(?:error)?)\b", re.IGNORECASE)
_LAST_LINES, _LINE_CHARACTERS, _TAIL_BYTES, _BETWEEN = 5, 200, 16 << 10, " | "


def make_command_trainer(
    program: Program,
    metric: str,
    seed: int,
    *,
    settings: Callable[[Trial], Mapping[str, object]] = lambda _: {},
    worker: int = 0,
    n_devices: int = 0,
) -> Trainer:
    """Build the function that trains by running a program.

    Args:
        program: The program.
        metric: Name of the metric that is the score.
        seed: The spec's seed.
        settings: Returns the values of the placeholders that the arm of a trial sets.
        worker: Number of the worker, from 0. The number decides which GPUs the worker uses.
        n_devices: GPUs of the machine.
    """
    gpus = gpus_of(worker, program.gpus_per_trial, os.environ.get("CUDA_VISIBLE_DEVICES"), n_devices)

    def train(stack: Stack, context: Context) -> Iterator[Point | Result]:
        for trial in stack:
            call = call_of(program, trial, seed, settings(trial), own_folder(Path(program.trials), trial))
            yield from _train(program, metric, trial, call, environment_of(call, gpus), context)
            if context.should_stop():
                return

    return train


def _train(
    program: Program, metric: str, trial: Trial, call: Call, environment: Mapping[str, str], context: Context
) -> Iterator[Point | Result]:
    """Run the program. Yield a Point for each value of the metric, and a Result unless the program was stopped.

    If the trial is tried again, its earlier processes must have ended first: they would write into the same folder.
    """
    with locked(call.claim, context.should_stop) as lock:
        if lock is not None:
            yield from _train_alone(program, metric, trial, call, environment, context, lock)


def _train_alone(
    program: Program,
    metric: str,
    trial: Trial,
    call: Call,
    environment: Mapping[str, str],
    context: Context,
    lock: int,
) -> Iterator[Point | Result]:
    _make_folder(program, call)
    points = _Points(program, metric, trial)
    started = time.monotonic()
    ended: Ended | None = None
    sources = _Sources(program, metric, call)
    for event in run_command(
        call.arguments,
        log=call.log,
        environment=environment,
        folder=Path(program.folder),
        should_stop=context.should_stop,
        grace_seconds=program.grace_seconds,
        lock=lock,
    ):
        if isinstance(event, Ended):
            ended = event
        elif sources.feed(event):
            yield from points.ended_epochs(sources.reported, time.monotonic() - started)
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
    judged = _judged(result, reported.series(), ended, program, metric, call.log)
    yield replace(judged, message=hide_secrets(judged.message, program.command))


def _make_folder(program: Program, call: Call) -> None:
    """Make the trial's own folder, empty unless the program asks to keep what an earlier attempt left."""
    if not program.keep_dir:
        shutil.rmtree(call.folder, ignore_errors=True)
        call.log.unlink(missing_ok=True)
    call.folder.mkdir(parents=True, exist_ok=True)
    if call.config is not None:
        path, text = call.config
        path.write_text(text, encoding="utf-8")


class _Sources:
    """The source of the metrics: the files of the pattern; without a pattern, calls of `report`, or else the output.

    The source does not change any more once two epochs are known, because the first epoch is then shown.
    """

    def __init__(self, program: Program, metric: str, call: Call) -> None:
        self._call = call
        new = partial(PatternReader, program.metric_regex, metric) if program.metric_regex else LineReader
        self._lines: LineReader | PatternReader = new()
        self._reports, self._read_to = LineReader(), 0
        self._of_lines, self._of_reports = Reported(metric), Reported(metric)
        self._chosen = Reported(metric) if call.metric_files else None  # files are read at the end

    @property
    def reported(self) -> Reported:
        """The metrics that the program has reported so far."""
        if self._chosen is not None:
            return self._chosen
        of_reports = self._of_reports.series()
        best = self._of_reports if isinstance(of_reports, Series) else self._of_lines
        series = best.series()
        if isinstance(series, Series) and len(series.values) > 1:
            self._chosen = best
        return best

    def feed(self, text: str) -> bool:
        """Take the next piece of the output and the new lines from `report`. Return whether there are new readings."""
        lines, reports = self._lines.feed(text), self._reports.feed(self._new_reports())
        self._of_lines.add(lines)
        self._of_reports.add(reports)
        return bool(lines or reports)

    def end(self) -> Reported:
        """Read the rest, and the files.

        Raises:
            DataError: A file does not have the format that its name says.
        """
        self.feed("")
        self._of_lines.add(self._lines.end())
        self._of_reports.add(self._reports.end())
        if self._call.metric_files:
            self.reported.add(read_files(self._call.metric_files))
        return self.reported

    def _new_reports(self) -> str:
        try:
            with self._call.reports.open("rb") as file:
                file.seek(self._read_to)
                added = file.read()
        except FileNotFoundError:
            return ""
        whole = added[: added.rfind(b"\n") + 1]  # the last line may be half written
        self._read_to += len(whole)
        return whole.decode("utf-8", errors="replace")


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


def _judged(result: Result, series: Series | str, ended: Ended, program: Program, metric: str, log: Path) -> Result:
    """Set the state, the score and the message of a result. The score is the last value of the metric."""
    last = series.values[-1] if isinstance(series, Series) else None
    if last is not None and not isfinite(last):
        return replace(result, state="diverged", message=f"{metric} is {last}")
    if ended.code == 0 and isinstance(series, Series) and last is not None:
        score = program.in_unit(last)
        if program.unit and not 0 <= score <= 1:
            return replace(result, message=_no_share(metric, last, program.unit))
        return replace(
            result,
            state="ok",
            score=score,
            scored_epoch=result.points[-1].epoch,
            learned=_has_learned(program, score),
        )
    tail = _tail(log)
    if ended.code == 0:
        return replace(result, message=f"{series}; the output ended with: {tail}")
    broke = _BROKE.search(tail.rpartition(_BETWEEN)[2])
    return replace(result, state="diverged" if broke else "failed", message=f"{_exit_of(ended)}: {tail}")


def _exit_of(ended: Ended) -> str:
    """Return the exit code, with the name of the signal that it stands for."""
    try:
        return f"exit code {ended.code} ({signal.Signals(ended.code - 128).name})"
    except ValueError:
        return f"exit code {ended.code}"


def _no_share(metric: str, value: float, unit: str) -> str:
    if unit == "percent":
        return f"{metric} is {value:g}, which is no per cent; leave out --unit percent"
    other = (
        "; use --unit percent if the values are per cents, or leave out --unit"
        if 1 < value <= 100
        else "; leave out --unit"
    )
    return f"{metric} is {value:g}, which is no share of 1{other}"


def _has_learned(program: Program, score: float) -> bool | None:
    """Test whether a share is above chance (exact binomial test); None if chance or the number of examples is unknown.

    The level of the test is 0.001, a tenth of the level of a whole search. `--chance` is the same for all rates, and
    few searches have many more than ten rates near chance.
    """
    if program.chance is None or program.n_val is None:
        return None
    from scipy.special import betainc

    n_right = round(score * program.n_val)
    if n_right in {0, program.n_val}:
        return n_right > 0
    return float(betainc(n_right, program.n_val - n_right + 1, program.in_unit(program.chance))) <= 1e-3


def _tail(log: Path) -> str:
    """Return the last lines of an output in one line, each at most 200 characters; "nothing" if it is empty."""
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - _TAIL_BYTES))
        text = without_escapes(file.read().decode("utf-8", errors="replace"))
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return _BETWEEN.join(one_line(_cut(line)) for line in lines[-_LAST_LINES:]) or "nothing"


def _cut(line: str) -> str:
    return line if len(line) <= _LINE_CHARACTERS else line[:_LINE_CHARACTERS] + "..."
