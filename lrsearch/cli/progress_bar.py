"""What is seen on stderr while a search goes on: a live display on a terminal, plain lines elsewhere, or nothing."""

from __future__ import annotations

from types import TracebackType
from typing import Protocol, Self

from rich.console import Group
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from lrsearch.cli.output import make_console, say
from lrsearch.records import Event, Lost, Point, Result, Started, Trial
from lrsearch.report.rates import short_rate
from lrsearch.report.terminal import header_line
from lrsearch.runs import Run

SHOWN = 8
"""Trials that the live display has a line for; a population has many more."""


class Display(Protocol):
    """What a search tells as it goes."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None: ...

    def started(self, run: Run, n_trials: int) -> None:
        """Training begins."""
        ...

    def saw(self, event: Event) -> None:
        """An epoch or a trial has ended."""
        ...

    def download(self, name: str, done: int, total: int) -> None:
        """Bytes of a download have come."""
        ...

    def note(self, text: str) -> None:
        """Say a line without breaking the display."""
        ...


def make_progress(*, quiet: bool, verbose: bool) -> Display:
    """The display that fits: none, live, or plain lines."""
    if quiet:
        return _Silent()
    console = make_console(stderr=True)
    return _Live(verbose=verbose) if console.is_terminal and not console.is_dumb_terminal else _Plain(verbose=verbose)


class _Silent:
    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        return None

    def started(self, run: Run, n_trials: int) -> None:
        """Say nothing."""

    def saw(self, event: Event) -> None:
        """Say nothing."""

    def download(self, name: str, done: int, total: int) -> None:
        """Say nothing."""

    def note(self, text: str) -> None:
        """A note is said all the same: it answers a person's signal."""
        say(text)


class _Plain(_Silent):
    """A line for each trial that ends, and with `verbose` for each epoch."""

    def __init__(self, *, verbose: bool) -> None:
        self._console = make_console(stderr=True)
        self._verbose = verbose
        self._tally = _Tally()
        self._shown_tenth: tuple[str, int] = ("", -1)

    def started(self, run: Run, n_trials: int) -> None:
        self._tally.begin(run, n_trials)
        self._line(header_line(run))

    def saw(self, event: Event) -> None:
        self._tally.see(event)
        if isinstance(event, Result):
            total = str(self._tally.n_trials)
            self._line(f"[{self._tally.n_done:>{len(total)}}/{total}] {_said(event)}")
        elif isinstance(event, Lost):
            self._line(_lost_line(event))
        elif isinstance(event, Point) and self._verbose:
            self._line(_epoch_line(event, self._tally))

    def download(self, name: str, done: int, total: int) -> None:
        """A line for each tenth."""
        tenth = (name, 10 * done // total if total else 0)
        if tenth != self._shown_tenth:
            self._shown_tenth = tenth
            self._line(f"downloading {name}: {done / 1e6:.1f} MB" + (f" of {total / 1e6:.1f} MB" if total else ""))

    def _line(self, text: str) -> None:
        self._console.print(text, soft_wrap=True)


class _Live(_Silent):
    """A bar with the time left, the trials that run, the best so far."""

    def __init__(self, *, verbose: bool) -> None:
        self._console = make_console(stderr=True)
        self._verbose = verbose
        self._tally = _Tally()
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(elapsed_when_finished=False),
            console=self._console,
        )
        self._live = Live(
            get_renderable=self._render, console=self._console, refresh_per_second=8, transient=True, screen=False
        )
        self._task = self._bar.add_task("preparing", total=None)

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._live.stop()

    def started(self, run: Run, n_trials: int) -> None:
        self._tally.begin(run, n_trials)
        self._live.console.print(header_line(run), soft_wrap=True)
        # Epochs make the bar move within a trial; the time left is told from them.
        self._bar.reset(self._task, total=n_trials, completed=self._tally.n_done, description="training")

    def saw(self, event: Event) -> None:
        self._tally.see(event)
        if isinstance(event, Lost):
            self._live.console.print(_lost_line(event))
        elif self._verbose and isinstance(event, Point):
            self._live.console.print(_epoch_line(event, self._tally))
        self._bar.update(self._task, completed=self._tally.progress, total=self._tally.n_trials)

    def download(self, name: str, done: int, total: int) -> None:
        self._bar.update(self._task, description=f"downloading {name}", completed=done, total=total or None)

    def note(self, text: str) -> None:
        self._live.console.print(text)

    def _render(self) -> Group:
        rows = Table.grid(padding=(0, 2))
        running = list(self._tally.running.values())
        for trial, point in running[:SHOWN]:
            seen = [f"epoch {point.epoch if point else 0}/{trial.until}"]
            if point is not None:
                seen += [f"val accuracy {point.val_accuracy:.3f}", f"train loss {point.train_loss:.3f}"]
            rows.add_row(Text(f"  {_rate(trial)}", style="cyan"), *seen)
        if len(running) > SHOWN:
            rows.add_row(Text(f"  and {len(running) - SHOWN} more"))
        best = self._tally.best
        line = "" if best is None else f"  best so far: {_rate(best.trial)}, val accuracy {best.score:.3f}"
        return Group(self._bar, rows, Text(line, style="green"))


class _Tally:
    """What has ended, what runs, and what is best so far."""

    def __init__(self) -> None:
        self.n_trials = self.n_done = 0
        self.best: Result | None = None
        self.running: dict[int, tuple[Trial, Point | None]] = {}

    def begin(self, run: Run, n_trials: int) -> None:
        self.n_trials, self.n_done = n_trials, len(run.standing)
        for result in run.results:
            self._offer(result)

    def see(self, event: Event) -> None:
        match event:
            case Started():
                self.running |= {trial.number: (trial, None) for trial in event.trials}
                self.n_trials = max(self.n_trials, self.n_done + len(self.running))  # more may follow a search
            case Point():
                self.running[event.trial] = (self.running[event.trial][0], event)
            case Result():
                self._end(event.trial)
                self._offer(event)
            case Lost(is_final=True):
                for trial in event.trials:
                    self._end(trial)

    def _end(self, trial: Trial) -> None:
        self.n_done += 1
        self.running.pop(trial.number, None)

    @property
    def progress(self) -> float:
        """Trials done, those that run counted by their epochs."""
        return self.n_done + sum(point.epoch / trial.until for trial, point in self.running.values() if point)

    def _offer(self, result: Result) -> None:
        if result.is_candidate and (self.best is None or (result.score or 0.0) > (self.best.score or 0.0)):
            self.best = result


def _rate(trial: Trial) -> str:
    """A trial's rate, under the name of its arm where it has one."""
    return f"{f'{trial.arm}: ' if trial.arm else ''}lr {short_rate(trial.lr)}"


def _said(result: Result) -> str:
    said = _rate(result.trial)
    if result.trial.repeat:
        said += f" (seed {result.trial.repeat})"
    if result.state != "ok":
        return f"{said}  {result.state}: {result.message}"
    learned = "" if result.learned else "  did not learn"
    return f"{said}  val accuracy {result.score:.3f}{learned}  {result.seconds:.1f} s"


def _lost_line(lost: Lost) -> str:
    """What became of trials whose worker died; of many the first."""
    rates = ", ".join(short_rate(trial.lr) for trial in lost.trials[:3])
    more = f" and {len(lost.trials) - 3} more" if len(lost.trials) > 3 else ""
    of_arm = f"{lost.trials[0].arm}: " if lost.trials and lost.trials[0].arm else ""
    return f"{of_arm}lr {rates}{more}: {'killed: ' if lost.is_final else ''}{lost.reason}"


def _epoch_line(point: Point, tally: _Tally) -> str:
    return (
        f"  {_rate(tally.running[point.trial][0])} epoch {point.epoch}: train loss {point.train_loss:.4f}, "
        f"val loss {point.val_loss:.4f}, val accuracy {point.val_accuracy:.3f}, gradient norm {point.grad_norm:.3g}, "
        f"{point.seconds:.1f} s"
    )
