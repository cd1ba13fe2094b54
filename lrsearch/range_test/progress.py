"""Shows the progress of a range test on stderr: a bar on a terminal, otherwise a line for each stage."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from lrsearch.interfaces import Listener
from lrsearch.range_test.testing import StageNotes
from lrsearch.records import Event, Result, Started
from lrsearch.reporting.terminal import make_console


@contextmanager
def range_progress() -> Iterator[Listener]:
    """Yield a listener that shows the progress of a range test on stderr until the context ends."""
    with RangeProgress(quiet=False) as display:
        yield Listener(saw=display.saw, download=display.download)


class RangeProgress:
    """Shows how many trials of a range test have started and ended: first the ramps, then the probes."""

    def __init__(self, *, quiet: bool) -> None:
        """Prepare the display; nothing is shown before the context begins.

        Args:
            quiet: Whether to show nothing at all.
        """
        console = make_console(stderr=True)
        self._quiet, self._console = quiet, console
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=console,
            transient=True,
            disable=quiet or not console.is_terminal or console.is_dumb_terminal,
        )
        self._task = self._bar.add_task("range test: preparing", total=None)
        self._stages = StageNotes(self._say)
        self._n_done = self._n_started = 0

    def __enter__(self) -> Self:
        """Show the bar."""
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Remove the bar from the terminal."""
        self._bar.stop()

    def saw(self, event: Event) -> None:
        """Take an event: count the trials that started, or the trial that ended."""
        self._stages.saw(event)
        match event:
            case Started():
                self._n_started += len(event.trials)
            case Result():
                self._n_done += 1
        self._bar.update(self._task, completed=self._n_done, total=self._n_started or None)

    def download(self, name: str, done: int, total: int) -> None:
        """Show how many bytes of a download have arrived."""
        self._bar.update(self._task, description=f"downloading {name}", completed=done, total=total or None)

    def _say(self, text: str) -> None:
        self._bar.update(self._task, description=text)
        if self._bar.disable and not self._quiet:
            self._console.print(text, soft_wrap=True)
