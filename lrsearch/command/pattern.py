"""Reads one metric from the lines of a program with the user's regular expression, within a time limit."""

from __future__ import annotations

import re
import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from lrsearch.command.lines import MOST_CHARACTERS, Reading, reading
from lrsearch.command.numbers import parse_number
from lrsearch.errors import UsageError
from lrsearch.wording import one_line

MOST_SECONDS = 5.0
"""Processor time for a piece of the output, 1 MB at most. A good expression needs less than a tenth of a second."""


class PatternReader:
    """Reads one metric with a regular expression. It has the same methods as `LineReader`."""

    def __init__(self, pattern: str, name: str, most_seconds: float = MOST_SECONDS) -> None:
        """Compile the expression.

        Args:
            pattern: The expression. The value is in its group `value`, or else in its first group; a group `epoch`
                names the epoch.
            name: The name of the metric.
            most_seconds: Processor time for a piece of the output, > 0.

        Raises:
            UsageError: The pattern is not a regular expression, or has no group.
        """
        try:
            self._pattern = re.compile(pattern)
        except (re.error, RecursionError, OverflowError) as error:
            raise UsageError(f"--metric-regex: {error}") from None
        if not self._pattern.groups:
            raise UsageError("--metric-regex: put the value into a group, such as 'acc: ([0-9.]+)'")
        self._name, self._rest, self._line = name, "", 1
        self._most_seconds = most_seconds

    def feed(self, text: str) -> list[Reading]:
        """Take the next piece of the output. Return the readings of the lines that ended.

        Raises:
            UsageError: The expression needs too long for a line.
        """
        *ended, rest = re.split(r"\r\n|\r|\n", self._rest + text)
        self._rest = rest[-MOST_CHARACTERS:]
        return self._read(ended)

    def end(self) -> list[Reading]:
        """Return the readings of a last line that has no end.

        Raises:
            UsageError: The expression needs too long for a line.
        """
        rest, self._rest = self._rest, ""
        return self._read([rest])

    def _read(self, lines: Sequence[str]) -> list[Reading]:
        readings: list[Reading] = []
        line = ""
        try:
            with _time_limit(self._most_seconds):
                for line in lines:
                    self._line += 1
                    readings += self._readings(line[-MOST_CHARACTERS:])
        except TimeoutError:
            start = f"{line[:40]}..." if len(line) > 40 else line
            raise UsageError(
                f"--metric-regex: {one_line(self._pattern.pattern)} takes too long for the line '{one_line(start)}' "
                f"(more than {self._most_seconds:g} seconds); start a new search with an expression that has no "
                "repetition within a repetition, such as (a+)+"
            ) from None
        return readings

    def _readings(self, line: str) -> Iterator[Reading]:
        for found in self._pattern.finditer(line):
            groups = found.groupdict()
            value, epoch = _number(groups.get("value", found[1])), _number(groups.get("epoch"))
            if value is not None:
                yield reading(self._name, value, epoch if isinstance(epoch, float) else None, self._line)


@contextmanager
def _time_limit(seconds: float) -> Iterator[None]:
    """Raise TimeoutError in the `with` block after so much processor time.

    This works because Python's matcher checks signals.

    Only the main thread gets signals. In any other thread, and on Windows, there is no limit.
    """
    if threading.current_thread() is not threading.main_thread() or not hasattr(signal, "SIGVTALRM"):
        yield
        return

    def stop(_number: int, _frame: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def _number(text: str | None) -> float | str | None:
    return None if text is None else parse_number(text)
