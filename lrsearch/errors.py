"""The errors that a person can cause or meet, each with its exit code. A bug is none of these: it keeps its traceback.

LrSearchError            1   the run failed
+-- DownloadError        1   a data set could not be fetched
+-- TooManyFaults        1   trial after trial ended in a fault of the machine or the code; resumable
+-- RangeUnclear         1   a range test that was to say where to search cannot tell
+-- UsageError           2   bad usage
|   +-- SpecError        2   the spec is wrong: every problem, each with its place
|   +-- DataError        2   files or arrays are not what the spec says
|   +-- DeviceError      2   a device that this machine does not have
|   +-- RunNotFound      2   no such run
|   +-- RunExists        2   the name is taken
+-- RunInUse             3   another process writes to the run
+-- StorageError         4   disk trouble; resumable
    +-- LogDamaged       4   a line of the log is not what was written
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class LrSearchError(Exception):
    """Base of all errors for people; `str(error)` is what is printed."""

    exit_code = 1


class DownloadError(LrSearchError):
    """A data set could not be fetched, or what came is not what was expected."""


class TooManyFaults(LrSearchError):
    """Trial after trial ended in a fault of the machine or the code."""


class RangeUnclear(LrSearchError):
    """A range test cannot tell where to search."""


class UsageError(LrSearchError):
    """The command line asks for what cannot be."""

    exit_code = 2


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One mistake in a spec, and where it stands.

    Attributes:
        source: File name as the user gave it, or "--set".
        line: From 1; 0 where there is no line.
        column: From 1; 0 where there is no column.
        path: Dotted path of the key, "" for the whole file.
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
    """A spec that cannot be used: carries every problem that was found, not only the first."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        """Keep the problems in the order of the file, each once."""
        self.problems: tuple[Problem, ...] = tuple(sorted(set(problems)))
        super().__init__("\n".join(map(str, self.problems)))


class DataError(UsageError):
    """Files or arrays that do not hold what the spec says."""


class DeviceError(UsageError):
    """A device was asked for that this machine does not have."""


class RunNotFound(UsageError):
    """No run of that name."""


class RunExists(UsageError):
    """A run of that name is there already."""


class RunInUse(LrSearchError):
    """Another process holds the run's lock."""

    exit_code = 3


class StorageError(LrSearchError):
    """The disk is full, gone or read-only; what is recorded so far stands."""

    exit_code = 4


class LogDamaged(StorageError):
    """A line in the middle of the log does not match its checksum."""
