"""Wraps stdout and stderr. Both then accept any text, and the program goes on if a reader closes a stream."""

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
    """Write a document, such as CSV or JSON, to stdout. Escape invisible characters, but keep newlines."""
    sys.stdout.write(visible(text))


def write_lines(*lines: str) -> None:
    """Write lines to stderr. Escape a newline inside a line, so that a name cannot start a new line."""
    sys.stderr.write("".join(f"{one_line(line)}\n" for line in lines))


def steady_streams() -> None:
    """Wrap stdout and stderr. Both then exist and accept every character, and a reader may close the pipe."""
    for name, kind in (("stdout", _Output), ("stderr", _Messages)):
        stream = getattr(sys, name) or open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115  (open as long as the program)
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
        setattr(sys, name, kind(stream))


class _Stream:
    """Wraps a stream and passes on its attributes."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> object:
        return getattr(self._stream, name)


class _Output(_Stream):
    """Wraps stdout. If the reader closes the pipe, as `| head` does, drop the rest and keep the command's exit code."""

    def write(self, text: str) -> int:
        self._try(lambda: self._stream.write(text))
        return len(text)

    def flush(self) -> None:
        self._try(self._stream.flush)

    def _try(self, act: Callable[[], object]) -> None:
        try:
            act()
        except OSError as error:
            # Redirect stdout to the null device. Otherwise the buffered text fails again later, and when Python ends.
            with contextlib.suppress(OSError, ValueError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), self._stream.fileno())
            if not isinstance(error, BrokenPipeError):
                raise StorageError(f"cannot write the output: {error.strerror or error}") from error


class _Messages(_Stream):
    """Wraps stderr. Drops a message that cannot be written, so that the search goes on."""

    def write(self, text: str) -> int:
        with contextlib.suppress(OSError):
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            self._stream.flush()
