"""The log of a run, `trials.jsonl`: one line for each finished trial. All results of a run are computed from the log.

The first line contains the version of the format, and what the log knows of its run (`log_beginning`). Every line is
a JSON object. Its last member, `crc32`, is the checksum of all bytes before it. The line ends of Windows, and the mark
that its editors write at the beginning of a text, are accepted too.

The values for single images (`Result.correct`, `Result.values`) are in a second file, the side file. These values are
appended to the side file before the line of their result is written. The line says where the values are: [offset,
length, crc32]. Only comparisons of rates need these values, so a run can go on without the side file.
"""

from __future__ import annotations

import time
import zlib
from codecs import BOM_UTF8
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from lrsearch.errors import StorageError
from lrsearch.garbage import collector_paused
from lrsearch.records import Result
from lrsearch.store import files
from lrsearch.store.clock import since_epoch
from lrsearch.store.log_lines import FORMAT, check_format, damaged, format_line, parse_line
from lrsearch.store.records_json import result_from_json, result_to_json
from lrsearch.store.shapes import ShapeError

_SYNC_SECONDS = 1.0
_BESIDE = ("correct", "values")
"""The fields of a result whose bytes are in the side file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogContents:
    """The content of a log.

    Attributes:
        results: The results, in the order in which they were recorded.
        format: Version of the log's format; the version of a new log if the log does not exist yet.
        size: Size of the complete lines in bytes.
        correct_size: Bytes of the side file that belong to the complete lines.
        begun: What the first line says of the run; empty if an older lrsearch began the log.
        torn: Whether an incomplete line follows the complete lines.
        warnings: Warnings for the user, one line each.
    """

    results: tuple[Result, ...] = ()
    format: int = FORMAT
    size: int = 0
    correct_size: int = 0
    begun: Mapping[str, Any] = field(default_factory=dict)
    torn: bool = False
    warnings: tuple[str, ...] = ()


def read_log(path: Path, correct_path: Path) -> LogContents:
    """Read a log without changing it. A log that does not exist yet counts as empty.

    Args:
        path: `trials.jsonl`.
        correct_path: `correct.bin`.

    Raises:
        LogDamaged: A complete line does not match its checksum or contains no result; the error names the line.
        StorageError: The log cannot be read, or a newer lrsearch wrote it.
    """
    # Reading a long log makes hundreds of thousands of objects, and none of them is garbage. The garbage collector
    # would take a fifth of the time.
    with collector_paused():
        return _read_log(path, correct_path)


def _read_log(path: Path, correct_path: Path) -> LogContents:
    lines = (files.read_file(path) if path.exists() else b"").split(b"\n")
    torn = lines.pop()  # a complete line ends in a newline, so text after the last newline is incomplete
    bits = files.read_file(correct_path) if correct_path.exists() else b""
    results: list[Result] = []
    correct_size = n_lost = 0
    version = FORMAT
    begun: Mapping[str, Any] = {}
    for number, line in enumerate(lines, start=1):
        values = parse_line(line.removeprefix(BOM_UTF8).removesuffix(b"\r"), path, number)
        if number == 1:
            version, begun = check_format(values, path), values
            continue
        if values.get("run", begun.get("run")) != begun.get("run"):
            raise damaged(path, number, "it was written by another run")
        places = {name: place for name in _BESIDE if (place := values.get(name))}
        beside = {name: _bytes_at(place, bits) for name, place in places.items()}
        try:
            results.append(result_from_json(values, **beside))
        except ShapeError as error:
            raise damaged(path, number, str(error)) from None
        n_lost += None in beside.values()
        correct_size = max([correct_size, *(offset + length for offset, length, _ in places.values())])
    warnings = []
    if torn:
        warnings.append(f"{path}: the last line is incomplete and is left out; its trial is trained again on a resume")
    if n_lost:
        warnings.append(
            f"{correct_path}: for {n_lost} results, the values for single images are lost or damaged; the run "
            "can still be resumed"
        )
    return LogContents(
        results=tuple(results),
        format=version,
        size=sum(len(line) + 1 for line in lines),
        correct_size=min(correct_size, len(bits)),
        begun=begun,
        torn=bool(torn),
        warnings=tuple(warnings),
    )


def _bytes_at(place: Any, bits: bytes) -> bytes | None:  # noqa: ANN401  (whatever the line holds)
    """Return the bytes at [offset, length, crc32]; None if the bytes are lost or damaged, or `place` is malformed."""
    try:
        offset, length, checksum = place
        found = bits[offset : offset + length]
    except (TypeError, ValueError):
        return None
    return found if len(found) == length and zlib.crc32(found) == checksum else None


class TrialLog:
    """The log of a run, open for writing. Only the holder of the run's lock may open the log.

    Once `append` has returned, the result is kept even if the process is killed. Once the log is synced, the result is
    kept even if the power fails. `append` and `sync_when_due` sync at most once a second, and `close` syncs the rest.

    Attributes:
        contents: The content of the log when it was opened.
    """

    def __init__(self, path: Path, correct_path: Path, begun: Mapping[str, Any] | None = None) -> None:
        """Read the log, cut off an incomplete line, and open it for appending.

        Args:
            path: `trials.jsonl`; created if it is missing.
            correct_path: `correct.bin`; created if it is missing.
            begun: What the first line of a new log says of the run; see `log_beginning`.

        Raises:
            LogDamaged: A complete line does not match its checksum or contains no result; nothing is changed.
            StorageError: The log cannot be read or written, or a newer lrsearch wrote it.
        """
        self.contents = read_log(path, correct_path)
        self._run = (self.contents.begun if self.contents.size else begun or {}).get("run")
        self._path = path
        self._correct_path = correct_path
        self._descriptor = files.open_append(path)
        try:
            self._correct = files.open_append(correct_path)
        except StorageError:
            files.close(self._descriptor, path)
            raise
        self._synced = time.monotonic()
        self._dirty = False
        self._closed = False
        try:
            files.truncate(self._descriptor, self.contents.size, path)
            files.truncate(self._correct, self.contents.correct_size, correct_path)
            if not self.contents.size:
                self._write({"log": "lrsearch trials", "format": FORMAT, **(begun or {})})
        except StorageError:
            self._close_files()
            raise

    def append(self, result: Result) -> None:
        """Append a result. The time at which the trial ended is the current time.

        Raises:
            StorageError: There is no space left or the run's folder is gone; earlier lines are kept.
        """
        values = result_to_json(replace(result, ended=round(since_epoch(), 3)), self.contents.format)
        if self._run is not None:
            values["run"] = self._run
        for name in _BESIDE:
            found = getattr(result, name)
            if found is not None:
                offset = files.append(self._correct, found, self._correct_path)
                values[name] = [offset, len(found), zlib.crc32(found)]
        self._write(values)
        self.sync_when_due()

    def sync_when_due(self) -> None:
        """Sync new lines if the last sync was at least a second ago. Call this while waiting for results, too.

        Raises:
            StorageError: The disk reports an error.
        """
        if self._dirty and time.monotonic() - self._synced >= _SYNC_SECONDS:
            self.sync()

    def sync(self) -> None:
        """Flush everything to the disk now.

        Raises:
            StorageError: The disk reports an error.
        """
        files.sync(self._correct, self._correct_path)  # first, because log lines point into this file
        files.sync(self._descriptor, self._path)
        self._synced = time.monotonic()
        self._dirty = False

    def close(self) -> None:
        """Sync and close the log. A second call does nothing.

        Raises:
            StorageError: The disk reports an error.
        """
        if self._closed:
            return
        try:
            if self._dirty:
                self.sync()
        finally:
            self._close_files()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _write(self, values: Mapping[str, Any]) -> None:
        files.append(self._descriptor, format_line(values), self._path)
        self._dirty = True

    def _close_files(self) -> None:
        self._closed = True
        files.close(self._correct, self._correct_path)
        files.close(self._descriptor, self._path)
