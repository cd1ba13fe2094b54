"""Writes the report of a run again and again while the run goes on (`--live`)."""

from __future__ import annotations

import time
from collections.abc import Callable

from lrsearch.records import Event, Result
from lrsearch.runs import Run, read_run

LEAST_SECONDS = 5.0
"""Shortest time between two reports, which is also how often a browser loads the page again."""
_MOST_SHARE = 0.02  # of the time that reports may take


class LiveReport:
    """Writes report.html when trials end: at most every few seconds, and in at most 2 % of the time.

    A failure is reported once and never ends the search.
    """

    def __init__(self, warn: Callable[[str], None], clock: Callable[[], float] = time.monotonic) -> None:
        """Write nothing yet.

        Args:
            warn: Called with a message if the report cannot be written, at most once.
            clock: Returns the time in seconds.
        """
        self._warn, self._clock = warn, clock
        self._run: Run | None = None
        self._next = 0.0

    def started(self, run: Run, n_trials: int) -> None:  # noqa: ARG002  (the signature of `Listener.started`)
        """Begin with a run; the first result writes the first report."""
        self._run, self._next = run, self._clock()

    def saw(self, event: Event) -> None:
        """Take an event. Write the report after a result, if it is time."""
        if self._run is None or not isinstance(event, Result) or self._clock() < self._next:
            return
        began = self._clock()
        try:
            from lrsearch.reporting.page import write_report  # loads matplotlib

            write_report(read_run(self._run.folder), refresh_seconds=int(LEAST_SECONDS))
        except Exception as error:  # noqa: BLE001  (whatever fails in a picture must not end the search)
            self._run = None
            self._warn(f"--live: report.html is no longer written: {type(error).__name__}: {error}")
            return
        now = self._clock()
        self._next = now + max(LEAST_SECONDS, (now - began) * (1 / _MOST_SHARE - 1))
