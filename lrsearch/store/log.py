"""The log of a run, `trials.jsonl`: the truth, one line for each finished trial, each with a checksum.

The first line holds the format's version. Every line is a JSON object whose last member, `crc32`, is the checksum of
all bytes before it. The bits for each image (`Result.correct`) stand in a side file, appended before the line that
holds their place there: [offset, length, crc32]. They serve comparisons alone: a run goes on without them.
"""

from __future__ import annotations

import gc
import json
import time
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from pydantic_core import from_json

from lrsearch.errors import LogDamaged, StorageError
from lrsearch.records import Result
from lrsearch.store import files
from lrsearch.store.clock import since_epoch
from lrsearch.store.records_json import result_from_json, result_to_json

FORMAT = 1
_SYNC_SECONDS = 1.0
_MARK = b',"crc32":"'
_TAIL = len(_MARK) + 8 + len(b'"}')  # the mark, eight hex digits, the end of the object


@dataclass(frozen=True, slots=True, kw_only=True)
class LogContents:
    """What a log holds.

    Attributes:
        results: In the order in which they were recorded.
        size: Bytes of the whole lines.
        correct_size: Bytes of the side file that belong to them.
        torn: Whether a line that was only half written follows them.
        warnings: What a person should know, one line each.
    """

    results: tuple[Result, ...] = ()
    size: int = 0
    correct_size: int = 0
    torn: bool = False
    warnings: tuple[str, ...] = ()


def read_log(path: Path, correct_path: Path) -> LogContents:
    """Read a log; nothing is changed. A log that was not begun reads as empty.

    Args:
        path: `trials.jsonl`.
        correct_path: `correct.bin`.

    Raises:
        LogDamaged: A whole line is not what was written; it is named.
        StorageError: The log cannot be read, or a newer lrsearch wrote it.
    """
    with _collector_paused():
        return _read_log(path, correct_path)


@contextmanager
def _collector_paused() -> Iterator[None]:
    # A long log makes hundreds of thousands of objects, none of them garbage; to look for it takes a fifth of the time.
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _read_log(path: Path, correct_path: Path) -> LogContents:
    lines = (files.read_file(path) if path.exists() else b"").split(b"\n")
    torn = lines.pop()  # every whole line ends in a newline, so that what follows the last one was not finished
    bits = files.read_file(correct_path) if correct_path.exists() else b""
    results: list[Result] = []
    correct_size = n_lost = 0
    for number, line in enumerate(lines, start=1):
        values = _unseal(line, path, number)
        if number == 1:
            _check_format(values, path)
            continue
        correct = None
        if "correct" in values:
            offset, length, checksum = values["correct"]
            found = bits[offset : offset + length]
            correct = found if len(found) == length and zlib.crc32(found) == checksum else None
            n_lost += correct is None
            correct_size = max(correct_size, offset + length)
        try:
            results.append(result_from_json(values, correct))
        except (KeyError, TypeError, ValueError) as error:
            raise LogDamaged(
                f"{path}:{number}: line {number} holds no result ({error!r}); nothing was changed"
            ) from error
    warnings = []
    if torn:
        warnings.append(f"{path}: the last line was only half written, and is left out")
    if n_lost:
        warnings.append(f"{correct_path}: the answers image by image of {n_lost} results are lost or damaged")
    return LogContents(
        results=tuple(results),
        size=sum(len(line) + 1 for line in lines),
        correct_size=min(correct_size, len(bits)),
        torn=bool(torn),
        warnings=tuple(warnings),
    )


class TrialLog:
    """The log of a run, open for its one writer (who holds the run's lock).

    A result survives the death of the process once `append` has returned, and a power failure once it is synced: at
    most once a second, by `append` or by `sync_when_due`, and on `close`.

    Attributes:
        contents: What the log held when it was opened.
    """

    def __init__(self, path: Path, correct_path: Path) -> None:
        """Read the log, drop what was half written, and open it to append to.

        Args:
            path: `trials.jsonl`; made if it is not there.
            correct_path: `correct.bin`; the same.

        Raises:
            LogDamaged: A whole line is not what was written; nothing is changed.
            StorageError: The disk refuses, or a newer lrsearch wrote the log.
        """
        self.contents = read_log(path, correct_path)
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
                self._write({"log": "lrsearch trials", "format": FORMAT})
        except StorageError:
            self._close_files()
            raise

    def append(self, result: Result) -> None:
        """Record a result, and when.

        Raises:
            StorageError: No space left, or the run's folder has gone; the earlier lines stand.
        """
        values = result_to_json(replace(result, ended=round(since_epoch(), 3)))
        if result.correct is not None:
            offset = files.append(self._correct, result.correct, self._correct_path)
            values["correct"] = [offset, len(result.correct), zlib.crc32(result.correct)]
        self._write(values)
        self.sync_when_due()

    def sync_when_due(self) -> None:
        """Bring what was written to the disk if the last time was a second ago; to be called while waiting, too.

        Raises:
            StorageError: The disk refuses.
        """
        if self._dirty and time.monotonic() - self._synced >= _SYNC_SECONDS:
            self.sync()

    def sync(self) -> None:
        """Bring what was written to the disk now.

        Raises:
            StorageError: The disk refuses.
        """
        files.sync(self._correct, self._correct_path)  # first, for the lines point into it
        files.sync(self._descriptor, self._path)
        self._synced = time.monotonic()
        self._dirty = False

    def close(self) -> None:
        """Sync and close; nothing happens the second time.

        Raises:
            StorageError: The disk refuses.
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
        files.append(self._descriptor, _seal(values), self._path)
        self._dirty = True

    def _close_files(self) -> None:
        self._closed = True
        files.close(self._correct, self._correct_path)
        files.close(self._descriptor, self._path)


def _seal(values: Mapping[str, Any]) -> bytes:
    body = json.dumps(values, separators=(",", ":"), allow_nan=False).encode()[:-1]
    return b'%s%s%08x"}\n' % (body, _MARK, zlib.crc32(body))


def _unseal(line: bytes, path: Path, number: int) -> dict[str, Any]:
    body, tail = line[:-_TAIL], line[-_TAIL:]
    if tail != b'%s%08x"}' % (_MARK, zlib.crc32(body)):
        raise LogDamaged(
            f"{path}:{number}: line {number} is not what was written (its checksum differs); nothing was changed. "
            "Restore the file, or delete that line to train its trial again"
        )
    try:
        values: dict[str, Any] = from_json(line)  # two to three times as fast as the standard library's
    except ValueError:  # which takes half of a surrogate pair, as a file's name that is no UTF-8 may hold
        values = json.loads(line)
    return values


def _check_format(values: Mapping[str, Any], path: Path) -> None:
    version = values.get("format")
    if not isinstance(version, int):
        raise LogDamaged(f"{path}:1: the first line holds no format version; nothing was changed")
    if version > FORMAT:
        raise StorageError(
            f"{path}: written by a newer lrsearch (format {version}; this one reads up to {FORMAT}); upgrade lrsearch"
        )
