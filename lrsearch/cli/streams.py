"""The two streams of the program: they take any text, show what cannot be seen, and may be closed by their reader."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from collections.abc import Callable
from typing import TextIO

from lrsearch.errors import StorageError
from lrsearch.wording import one_line, visible


def write_out(text: str) -> None:
    """Write a text of our own making to stdout: CSV, JSON, Markdown. Its newlines stay."""
    sys.stdout.write(visible(text))


def write_lines(*lines: str) -> None:
    """Write lines to stderr. A newline inside one is shown as such, so that no name makes a line of its own."""
    sys.stderr.write("".join(f"{one_line(line)}\n" for line in lines))


def steady_streams() -> None:
    """Make sure that stdout and stderr exist and take any character, and that a reader that goes away ends nothing."""
    for name, kind in (("stdout", _Output), ("stderr", _Messages)):
        stream = getattr(sys, name) or open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115  (open as long as the program)
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
        setattr(sys, name, kind(stream))


class _Stream:
    """A stream around another one."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> object:
        return getattr(self._stream, name)


class _Output(_Stream):
    """The results. A reader that goes away (`| head`) has read enough: the exit code is that of the command."""

    def write(self, text: str) -> int:
        self._try(lambda: self._stream.write(text))
        return len(text)

    def flush(self) -> None:
        self._try(self._stream.flush)

    def _try(self, act: Callable[[], object]) -> None:
        try:
            act()
        except OSError as error:
            # What waits in the buffer would fail again, and again when Python ends.
            with contextlib.suppress(OSError, ValueError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), self._stream.fileno())
            if not isinstance(error, BrokenPipeError):
                raise StorageError(f"cannot write the output: {error.strerror or error}") from error


class _Messages(_Stream):
    """Messages may be lost; the search goes on."""

    def write(self, text: str) -> int:
        with contextlib.suppress(OSError):
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            self._stream.flush()
