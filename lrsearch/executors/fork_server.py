"""Starts worker processes from a server process that has already imported their modules and ignores Ctrl-C."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from multiprocessing.context import BaseContext
from typing import Any

from lrsearch.errors import TooManyFaults

WORKER_NAME = "lrsearch worker"

UNGUARDED = 86
"""Exit code of a worker that would have begun the search again. Neither signals nor Python use this code."""

_ATTEMPTS = 5
_FIRST_PAUSE_SECONDS = 0.05
"""Pause before the second attempt, in seconds. The pause doubles with each further attempt. A killed fork server needs
a moment to end."""

_LONGEST_TEMPORARY_PATH = 64  # leaves room for "/pymp-12345678/listener-12345678"
_SHORT_PLACES = ("/tmp", "/var/tmp", "/dev/shm")  # noqa: S108  (multiprocessing makes a folder of its own in it)


def start_method() -> BaseContext:
    """Return the context of multiprocessing that starts workers: forkserver if the platform has it, else spawn."""
    method = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
    return multiprocessing.get_context(method)


def preload(modules: Sequence[str]) -> None:
    """Start the process that workers are forked from. The new process imports modules while the main process continues.

    Args:
        modules: Names of the modules that workers will need.
    """
    context = start_method()
    if context.get_start_method() == "forkserver":
        from multiprocessing.forkserver import ensure_running

        context.set_forkserver_preload(list(modules))
        with _deaf(), _short_socket_paths():
            ensure_running()


def leave_if_imported_again() -> None:
    """End this process if it is a worker that imports your script, and the script calls lrsearch without a guard.

    A worker imports the script that started it. Without `if __name__ == "__main__":` the script would begin its search
    again in each worker. The main process recognises the exit code and tells the user what to do.
    """
    process = multiprocessing.current_process()
    # Set by multiprocessing while a new process imports what it needs.
    if process.name.startswith(WORKER_NAME) and getattr(process, "_inheriting", False):
        os._exit(UNGUARDED)


def start_process(target: Callable[..., None], args: Sequence[object], name: str) -> Any:  # noqa: ANN401  (of the context's kind)
    """Start a worker. If the fork server has died, start the fork server again first.

    Try several times, with pauses: a killed fork server seems to be alive until the system has ended it.

    Args:
        target: The function that the worker runs; picklable.
        args: Arguments of the function; picklable.
        name: Name of the process.

    Raises:
        TooManyFaults: No worker process can be started.
    """
    context: Any = start_method()
    for attempt in range(1, _ATTEMPTS + 1):
        process = context.Process(target=target, args=tuple(args), name=name, daemon=True)
        try:
            with _deaf(), _short_socket_paths():
                process.start()
        except (EOFError, OSError) as error:
            if attempt == _ATTEMPTS:
                raise TooManyFaults(f"cannot start a worker process: {error}") from error
            time.sleep(_FIRST_PAUSE_SECONDS * 2 ** (attempt - 1))
        else:
            break
    return process


@contextlib.contextmanager
def _deaf() -> Iterator[None]:
    """Block Ctrl-C for processes that are started in this context.

    Ctrl-C sends a signal to the whole process group. In a new process, the signal would interrupt the imports with a
    traceback; it would also end the workers of the search. Only the main process should react to the signal.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    from multiprocessing import resource_tracker

    resource_tracker.ensure_running()  # before SIGINT is blocked: starting it later would unblock SIGINT
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextlib.contextmanager
def _short_socket_paths() -> Iterator[None]:
    """Put the socket of the fork server into a folder with a short path, if the temporary folder has a long one.

    The path of a socket has at most 107 bytes on Linux, and 103 on macOS. multiprocessing goes on using the first
    folder that it made. So the short path is needed only while a process is started.
    """
    own = tempfile.gettempdir()
    if len(os.fsencode(own)) <= _LONGEST_TEMPORARY_PATH:
        yield
        return
    tempfile.tempdir = next((place for place in _SHORT_PLACES if os.access(place, os.W_OK)), own)
    try:
        yield
    finally:
        tempfile.tempdir = own
