"""One writer at a time: a kernel file lock on the run's folder, and a note that says who holds it."""

from __future__ import annotations

import json
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from lrsearch.errors import RunInUse
from lrsearch.store import files
from lrsearch.store.clock import utc_now
from lrsearch.store.os_errors import storage_errors

_NOTE = ".lock.json"
_NOTE_SECONDS = 0.5  # for how long to wait for the note of a writer that has only just begun
_BRIEF_SECONDS = 10.0  # for how long to wait for a lock that is held for milliseconds


@contextmanager
def hold_lock(folder: Path) -> Iterator[None]:
    """Be the one writer of a run, and begin by removing what a killed writer left half-written.

    The kernel frees the lock when its holder dies, however that comes about; nothing has to be cleaned up.

    Args:
        folder: The run's folder.

    Raises:
        RunInUse: Another process (or another part of this one) writes to the run; named with its host and start.
        StorageError: The folder is not there or cannot be written.
    """
    # The note has a file of its own: some versions of filelock empty the lock file when they only try.
    note = folder / _NOTE
    with _kernel_lock(folder, 0.0):
        files.remove_unfinished(folder, nested=True)
        try:
            holder = {"pid": os.getpid(), "host": socket.gethostname(), "started": utc_now()}
            files.replace_file(note, json.dumps(holder).encode())
            yield
        finally:
            files.remove(note)


@contextmanager
def hold_briefly(folder: Path) -> Iterator[None]:
    """Be the one that makes a run in a folder of runs; waits up to ten seconds for another that does.

    Raises:
        RunInUse: Another process holds the folder for longer than that.
        StorageError: The folder is not there or cannot be written.
    """
    with _kernel_lock(folder, _BRIEF_SECONDS):
        files.remove_unfinished(folder)
        yield


@contextmanager
def _kernel_lock(folder: Path, waiting_seconds: float) -> Iterator[None]:
    path = folder / ".lock"
    lock = FileLock(path, timeout=waiting_seconds, thread_local=False)
    with storage_errors(path):
        folder.stat()  # filelock would make a folder that is not there
        try:
            lock.acquire()
        except Timeout:
            holder = _describe_holder(folder / _NOTE)
            raise RunInUse(f"{folder} is in use {holder}; wait until it ends, or end it") from None
    try:
        yield
    finally:
        lock.release()


def _describe_holder(note: Path) -> str:
    deadline = time.monotonic() + _NOTE_SECONDS
    while time.monotonic() < deadline:
        try:
            holder = json.loads(note.read_bytes())
            return f"by process {holder['pid']} on {holder['host']} since {holder['started']}"
        except (OSError, ValueError, KeyError, TypeError):
            time.sleep(0.02)
    return "by another process"
