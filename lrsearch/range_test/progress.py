"""Progress of a range test on stderr: a bar on a terminal, a line for each stage elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from lrsearch.interfaces import Listener
from lrsearch.range_test.testing import StageNotes
from lrsearch.records import Event, Result, Started
from lrsearch.report.terminal import make_console


@contextmanager
def range_progress() -> Iterator[Listener]:
    """A listener that shows the progress of a range test on stderr, as long as the context lasts."""
    with RangeProgress(quiet=False) as display:
        yield Listener(saw=display.saw, download=display.download)


class RangeProgress:
    """Counts trials: the ramps first, then the rates that are probed."""

    def __init__(self, *, quiet: bool) -> None:
        """Show nothing yet.

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
        """Begin to show."""
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Leave no trace on a terminal."""
        self._bar.stop()

    def saw(self, event: Event) -> None:
        """Trials have started, or one has ended."""
        self._stages.saw(event)
        match event:
            case Started():
                self._n_started += len(event.trials)
            case Result():
                self._n_done += 1
        self._bar.update(self._task, completed=self._n_done, total=self._n_started or None)

    def download(self, name: str, done: int, total: int) -> None:
        """Bytes of a download have come."""
        self._bar.update(self._task, description=f"downloading {name}", completed=done, total=total or None)

    def _say(self, text: str) -> None:
        self._bar.update(self._task, description=text)
        if self._bar.disable and not self._quiet:
            self._console.print(text, soft_wrap=True)
