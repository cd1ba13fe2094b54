"""Lets only one process write to a run: a kernel file lock in its folder, and a note that says who holds the lock."""

from __future__ import annotations

import json
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from lrsearch.errors import RunInUse, StorageError
from lrsearch.store import files
from lrsearch.store.clock import utc_now
from lrsearch.store.os_errors import AGAIN, storage_errors

_NOTE = ".lock.json"
_NOTE_SECONDS = 0.5  # how long to wait for the note of a writer that has just begun
_BRIEF_SECONDS = 10.0  # how long to wait for a lock that other processes hold only for milliseconds


class HeldLock:
    """The lock of a run, held by this process until the `with` block ends.

    The kernel locks the file, not its name. If somebody removes `.lock`, a second process can make and lock a new file.
    Both processes would then write to the run. So `confirm` checks that `.lock` is still the file that was locked.
    """

    def __init__(self, folder: Path, lock: FileLock) -> None:
        """Remember which file `lock` has locked."""
        self._folder, self._path = folder, folder / ".lock"
        self._locks = [lock]
        self._status = self._path.stat()
        self.is_lost = False

    def confirm(self) -> None:
        """Make sure that no other process can write. Call this before writing each result.

        If the lock file was removed, make and lock it again.

        Raises:
            RunInUse: Another process has made and locked a new lock file.
            StorageError: The folder is gone or cannot be written.
        """
        with storage_errors(self._path):
            if self._path.exists():
                if not os.path.samestat(self._status, self._path.stat()):
                    raise self._lost()
                return
            self._folder.stat()  # filelock would make a missing folder
            again = FileLock(self._path, timeout=0, thread_local=False)
            try:
                again.acquire()
            except Timeout:
                raise self._lost() from None
            self._locks.append(again)
            self._status = self._path.stat()

    def release(self) -> None:
        """Release the lock, so that another process can write."""
        for lock in self._locks:
            lock.release()

    def _lost(self) -> RunInUse:
        self.is_lost = True
        return RunInUse(
            f"{self._folder}: .lock was removed while this process wrote to the run, and another process took over "
            "the run, so this process stops. Its results so far are kept"
        )


@contextmanager
def hold_lock(folder: Path) -> Iterator[HeldLock]:
    """Hold the lock of a run, so that no other process writes to it. First remove incomplete files of a killed writer.

    The kernel releases the lock when the process ends for any reason, so a killed process leaves no lock behind.

    Args:
        folder: The run's folder.

    Raises:
        RunInUse: Another process, or a different part of this process, holds the lock. If the holder has left a note,
            the message names its process, host and start.
        StorageError: The folder is missing or cannot be written.
    """
    # The note is a separate file: some versions of filelock empty the lock file when they try to lock it.
    note = folder / _NOTE
    with _kernel_lock(folder, 0.0) as lock:
        files.remove_unfinished(folder, nested=True)
        holder = {"pid": os.getpid(), "host": socket.gethostname(), "started": utc_now()}
        try:
            with suppress(StorageError):  # the note is only information; the first result reports a full disk
                files.replace_file(note, json.dumps(holder).encode())
            yield lock
        finally:
            if not lock.is_lost:  # otherwise the note belongs to the other process
                files.remove(note)


@contextmanager
def hold_briefly(folder: Path) -> Iterator[None]:
    """Hold the lock of a folder of runs while a run is made in it. Wait up to ten seconds for another process.

    Raises:
        RunInUse: Another process still holds the lock after ten seconds.
        StorageError: The folder is missing or cannot be written.
    """
    with _kernel_lock(folder, _BRIEF_SECONDS, then=AGAIN):
        files.remove_unfinished(folder)
        yield


@contextmanager
def _kernel_lock(folder: Path, waiting_seconds: float, then: str = "then resume") -> Iterator[HeldLock]:
    path = folder / ".lock"
    lock = FileLock(path, timeout=waiting_seconds, thread_local=False)
    with storage_errors(path, then=then):
        folder.stat()  # filelock would make a missing folder
        try:
            lock.acquire()
        except Timeout:
            if not path.exists():  # filelock waits for the file that it cannot make
                raise StorageError(f"{folder}: no file can be made here; choose another folder") from None
            holder = _describe_holder(folder / _NOTE)
            raise RunInUse(f"{folder} is in use {holder}; wait until that process ends, or stop it") from None
        held = HeldLock(folder, lock)
    try:
        yield held
    finally:
        held.release()


def _describe_holder(note: Path) -> str:
    deadline = time.monotonic() + _NOTE_SECONDS
    while time.monotonic() < deadline:
        try:
            holder = json.loads(note.read_bytes())
            return f"by process {int(holder['pid'])} on {holder['host']} since {holder['started']}"
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            time.sleep(0.02)
    return "by another process"
