"""Errors for users, each with its exit code. A bug in lrsearch raises any other exception, with a traceback.

LrSearchError        1   the run failed
+-- DownloadError    1   a data set could not be downloaded
+-- TooManyFaults    1   several trials in a row failed because of a fault in the machine or the code; resumable
+-- RangeUnclear     1   a range test found no range in which to search
+-- UsageError       2   bad usage
|   +-- SpecError    2   the spec is wrong; the error lists every problem with its line and column
|   +-- DataError    2   files or arrays do not match the spec
|   +-- DeviceError  2   the spec asks for a device that this machine does not have
|   +-- RunNotFound  2   there is no run with that name
|   +-- RunExists    2   a run with that name already exists
+-- RunInUse         3   another process writes to the run
+-- StorageError     4   the disk cannot be read or written; resumable
    +-- LogDamaged   4   a line of the log is damaged
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class LrSearchError(Exception):
    """Base of all errors for users. Each of its arguments is a line, which the command prints."""

    exit_code = 1

    @property
    def lines(self) -> tuple[str, ...]:
        """The lines of the message.

        If a line contains a newline, the newline comes from a name or a value of the user.
        """
        return tuple(map(str, self.args))

    def __str__(self) -> str:
        """The lines of the message, joined by newlines."""
        return "\n".join(self.lines)


class DownloadError(LrSearchError):
    """A data set could not be downloaded, or the downloaded file is not the expected one."""


class TooManyFaults(LrSearchError):
    """Several trials in a row failed because of a fault in the machine or the code."""


class RangeUnclear(LrSearchError):
    """A range test found no range in which to search."""


class UsageError(LrSearchError):
    """The command, the spec or its data ask for something that is not possible."""

    exit_code = 2


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One mistake in a spec, with the line and column of the mistake.

    Attributes:
        source: File name as the user gave it, or "--set".
        line: Line number, from 1; 0 if the problem has no line.
        column: Column number, from 1; 0 if the problem has no column.
        path: Dotted path of the key; "" if the problem concerns the whole file.
        message: What is wrong and what to do.
    """

    source: str
    line: int
    column: int
    path: str
    message: str

    def __str__(self) -> str:
        place = f"{self.source}:{self.line}:{self.column}" if self.line else self.source
        return f"{place}: {self.path}: {self.message}" if self.path else f"{place}: {self.message}"


class SpecError(UsageError):
    """The spec is wrong. The error carries every problem that was found, not only the first one."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        """Sort the problems by source, line and column, and drop duplicates."""
        self.problems: tuple[Problem, ...] = tuple(sorted(set(problems)))
        super().__init__(*map(str, self.problems))


class DataError(UsageError):
    """Files or arrays do not match the spec."""


class DeviceError(UsageError):
    """The spec asks for a device that this machine does not have."""


class RunNotFound(UsageError):
    """There is no run with that name."""


class RunExists(UsageError):
    """A run with that name already exists."""


class RunInUse(LrSearchError):
    """Another process writes to the run and holds its lock."""

    exit_code = 3


class StorageError(LrSearchError):
    """The disk is full, missing or read-only. Results recorded so far are kept."""

    exit_code = 4


class LogDamaged(StorageError):
    """A complete line of the log does not match its checksum, or contains no result."""
