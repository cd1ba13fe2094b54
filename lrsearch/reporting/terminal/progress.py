"""Shows the progress of a search on stderr: live on a terminal, in one line in a notebook, in plain lines elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self

from rich.console import Group
from rich.live import Live
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from lrsearch.command import in_short
from lrsearch.interfaces import Listener
from lrsearch.records import Doing, Event, Lost, Point, Result
from lrsearch.reporting.terminal.console import end_line, in_notebook, make_console, say, write_over
from lrsearch.reporting.terminal.lines import header_line
from lrsearch.reporting.terminal.tally import Tally, best_line, epoch_line, lost_line, result_line, trial_name

if TYPE_CHECKING:
    from lrsearch.runs import Run

SHOWN = 8
"""Maximum number of running trials in the live display. A population has many more."""


class Display(Protocol):
    """Shows the progress of a search inside a `with` block."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None: ...

    def started(self, run: Run, n_trials: int) -> None:
        """Take note that training begins."""
        ...

    def saw(self, event: Event) -> None:
        """Take an event: trials have started, an epoch or a trial has ended, or a worker has died."""
        ...

    def download(self, name: str, done: int, total: int) -> None:
        """Take the number of bytes downloaded so far, and the total; 0 if the total is not known."""
        ...

    def note(self, text: str) -> None:
        """Print a line without damaging the display."""
        ...


def make_display(*, quiet: bool = False, verbose: bool = False) -> Display:
    """Make the display that suits stderr: a terminal, a notebook or another stream.

    Args:
        quiet: Whether to show only notes.
        verbose: Whether to show a line for each epoch.
    """
    if quiet:
        return _Silent()
    if in_notebook():
        return _OneLine()
    console = make_console(stderr=True)
    is_live = console.is_terminal and not console.is_dumb_terminal
    return _Live(verbose=verbose) if is_live else _Plain(verbose=verbose)


@contextmanager
def search_progress() -> Iterator[Listener]:
    """Yield a listener that shows the progress of a search on stderr inside the `with` block."""
    with make_display() as display:
        yield Listener(started=display.started, saw=display.saw, download=display.download, note=display.note)


class _Silent:
    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        return None

    def started(self, run: Run, n_trials: int) -> None:
        """Show nothing."""

    def saw(self, event: Event) -> None:
        """Show nothing."""

    def download(self, name: str, done: int, total: int) -> None:
        """Show nothing."""

    def note(self, text: str) -> None:
        """Print the note even in quiet mode, because the note answers a signal such as Ctrl-C."""
        say(text)


def wall_time() -> str:
    """Return the local time of day, such as 14:05:09, for a line of a log."""
    return datetime.now().astimezone().strftime("%H:%M:%S")


class _Plain(_Silent):
    """Prints a line for each trial that ends. If `verbose`, also prints a line for each epoch."""

    def __init__(self, *, verbose: bool) -> None:
        self._console = make_console(stderr=True)
        self._verbose = verbose
        self._tally = Tally()
        self._shown_tenth: tuple[str, int] = ("", -1)
        self._causes: set[str] = set()  # of failures; each is told in full once

    def started(self, run: Run, n_trials: int) -> None:
        self._tally.begin(run, n_trials)
        self._line(header_line(run))

    def saw(self, event: Event) -> None:
        self._tally.see(event)
        if isinstance(event, Result):
            left = self._tally.time_left
            cause = in_short(event.message)
            ended = result_line(event, self._tally.rates, self._tally.metric, is_short=cause in self._causes)
            self._causes.add(cause)
            line = f"[{self._tally.counts}] {ended}"
            self._line(f"{wall_time()} {line}{f'  {left}' if left else ''}")
        elif isinstance(event, Lost):
            self._line(f"{wall_time()} {lost_line(event)}")
        elif isinstance(event, Doing):
            self._line(f"{wall_time()} {event.text}")
        elif isinstance(event, Point) and self._verbose:
            self._line(f"{wall_time()} {epoch_line(event, self._tally)}")

    def download(self, name: str, done: int, total: int) -> None:
        """Print a line for each tenth of the download."""
        tenth = (name, 10 * done // total if total else 0)
        if tenth != self._shown_tenth:
            self._shown_tenth = tenth
            self._line(f"downloading {name}: {done / 1e6:.1f} MB" + (f" of {total / 1e6:.1f} MB" if total else ""))

    def _line(self, text: str) -> None:
        self._console.print(text, soft_wrap=True)


class _OneLine(_Silent):
    """Shows one line and keeps replacing it, for notebooks: hundreds of lines would hide the cells below."""

    def __init__(self) -> None:
        self._tally = Tally()
        self._shown = ""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._end_line()

    def started(self, run: Run, n_trials: int) -> None:
        self._tally.begin(run, n_trials)
        self.note(header_line(run))

    def saw(self, event: Event) -> None:
        self._tally.see(event)
        if isinstance(event, Lost):
            self.note(lost_line(event))
        elif isinstance(event, Doing):
            self.note(event.text)
        percent = int(100 * self._tally.progress / max(1, self._tally.total))
        counts = f"{self._tally.counts} {self._tally.unit}"
        parts = [f"{percent:3d} %", counts, self._tally.time_left, best_line(self._tally)]
        self._write_over(", ".join(filter(None, parts)))

    def download(self, name: str, done: int, total: int) -> None:
        share = f" ({100 * done // total} %)" if total else ""
        self._write_over(f"downloading {name}{share}")

    def note(self, text: str) -> None:
        self._end_line()
        say(text)

    def _write_over(self, text: str) -> None:
        if text != self._shown:
            write_over(text, self._shown)
            self._shown = text

    def _end_line(self) -> None:
        if self._shown:
            end_line()
            self._shown = ""


class _Live(_Silent):
    """Shows a bar with the time left, the running trials, and the best result so far."""

    def __init__(self, *, verbose: bool) -> None:
        self._console = make_console(stderr=True)
        self._verbose = verbose
        self._tally = Tally()
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.fields[counts]}"),
            TimeElapsedColumn(),
            TextColumn("elapsed"),
            TextColumn("{task.fields[left]}"),
            console=self._console,
        )
        self._live = Live(
            get_renderable=self._render, console=self._console, refresh_per_second=8, transient=True, screen=False
        )
        self._task = self._bar.add_task("preparing", total=None, counts="", left="")

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
        self._bar.reset(
            self._task,
            total=self._tally.total,
            description="training",
            counts="",
            left="",
        )
        self._bar.update(self._task, completed=self._tally.progress)

    def saw(self, event: Event) -> None:
        self._tally.see(event)
        if isinstance(event, Lost):
            self._live.console.print(lost_line(event))
        elif isinstance(event, Doing):
            self._live.console.print(event.text, soft_wrap=True)
        elif self._verbose and isinstance(event, Point):
            self._live.console.print(epoch_line(event, self._tally))
        self._bar.update(self._task, completed=self._tally.progress, description=self._tally.stage or "training")

    def download(self, name: str, done: int, total: int) -> None:
        counts = f"{done / 1e6:.1f}{f'/{total / 1e6:.1f}' if total else ''} MB"
        self._bar.update(
            self._task, description=f"downloading {name}", completed=done, total=total or None, counts=counts
        )

    def note(self, text: str) -> None:
        self._live.console.print(text)

    def _render(self) -> Group:
        if self._tally.n_trials:
            self._bar.update(self._task, counts=f"{self._tally.counts} {self._tally.unit}", left=self._tally.time_left)
        rows = Table.grid(padding=(0, 2))
        running = list(self._tally.running.values())
        for trial, point in running[:SHOWN]:
            epochs = f"epoch {point.epoch if point else 0}"
            epochs += f"/{trial.until}" if self._tally.knows_epochs else ""
            seen = [] if point is None else [self._tally.score_of(point)]
            if point is not None and "train_loss" in point.metrics:
                seen.append(f"train loss {point.train_loss:.3f}")
            rows.add_row(Text(f"  {trial_name(trial, self._tally.rates)}", style="cyan"), epochs, *seen)
        if len(running) > SHOWN:
            rows.add_row(Text(f"  and {len(running) - SHOWN} more"))
        best = best_line(self._tally)
        return Group(self._bar, rows, Text(f"  {best}" if best else "", style="green"))
