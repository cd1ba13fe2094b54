"""One writer at a time: a kernel file lock on the run's folder, and a file that says who holds it."""

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
_NOTE_SECONDS = 0.5  # how long to wait for the note of a writer that has just begun
_BRIEF_SECONDS = 10.0  # how long to wait for a lock that others hold for milliseconds


@contextmanager
def hold_lock(folder: Path) -> Iterator[None]:
    """Be the only writer of a run. First remove the incomplete files of a killed writer.

    The kernel releases the lock when its holder ends, for whatever reason; nothing has to be cleaned up.

    Args:
        folder: The run's folder.

    Raises:
        RunInUse: Another process, or another part of this one, writes to the run. The message names its process, host
            and start.
        StorageError: The folder is missing or cannot be written.
    """
    # The note is a separate file: some versions of filelock empty the lock file when they try to get the lock.
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
    """Be the only one that makes a run in a folder of runs; wait up to ten seconds for another process.

    Raises:
        RunInUse: Another process holds the folder for longer than that.
        StorageError: The folder is missing or cannot be written.
    """
    with _kernel_lock(folder, _BRIEF_SECONDS):
        files.remove_unfinished(folder)
        yield


@contextmanager
def _kernel_lock(folder: Path, waiting_seconds: float) -> Iterator[None]:
    path = folder / ".lock"
    lock = FileLock(path, timeout=waiting_seconds, thread_local=False)
    with storage_errors(path):
        folder.stat()  # filelock would make a missing folder
        try:
            lock.acquire()
        except Timeout:
            holder = _describe_holder(folder / _NOTE)
            raise RunInUse(f"{folder} is in use {holder}; wait until it ends, or stop it") from None
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
