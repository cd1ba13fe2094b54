"""Starting worker processes: from a server process that has imported what they need and ignores Ctrl-C."""

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
"""Exit code of a worker that would have begun the search again; far from those of signals and of Python."""

_ATTEMPTS = 5
_FIRST_PAUSE_SECONDS = 0.05
"""Pause before the second attempt, doubled before each further one: a killed fork server takes a moment to be gone."""

_LONGEST_TEMPORARY_PATH = 64  # leaves room for "/pymp-12345678/listener-12345678"
_SHORT_PLACES = ("/tmp", "/var/tmp", "/dev/shm")  # noqa: S108  (multiprocessing makes a folder of its own in it)


def start_method() -> BaseContext:
    """Forkserver if the platform has it: workers are forked from a process that has imported what they need."""
    method = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
    return multiprocessing.get_context(method)


def preload(modules: Sequence[str]) -> None:
    """Start the process that workers are forked from, so that it imports while the main process goes on.

    Args:
        modules: What workers will need.
    """
    context = start_method()
    if context.get_start_method() == "forkserver":
        from multiprocessing.forkserver import ensure_running

        context.set_forkserver_preload(list(modules))
        with _deaf(), _short_socket_paths():
            ensure_running()


def leave_if_imported_again() -> None:
    """End this process if it is a worker that is importing your script, which calls lrsearch without a guard.

    A worker imports the script that started it. Without `if __name__ == "__main__":` the script would begin its search
    again in each worker. The main process knows the exit code, and says what to do.
    """
    process = multiprocessing.current_process()
    # Set by multiprocessing while a new process imports what it needs.
    if process.name.startswith(WORKER_NAME) and getattr(process, "_inheriting", False):
        os._exit(UNGUARDED)


def start_process(target: Callable[..., None], args: Sequence[object], name: str) -> Any:  # noqa: ANN401  (of the context's kind)
    """Start a worker; if the process that it is forked from has died, start that again first.

    Several attempts, with pauses: while the system still ends a killed fork server, it seems to be there.

    Args:
        target: What it runs, with `args`; picklable.
        args: Picklable.
        name: Of the process.

    Raises:
        TooManyFaults: The system starts none.
    """
    context: Any = start_method()
    for attempt in range(1, _ATTEMPTS + 1):
        process = context.Process(target=target, args=tuple(args), name=name, daemon=True)
        try:
            with _deaf(), _short_socket_paths():
                process.start()
        except (EOFError, OSError) as error:
            if attempt == _ATTEMPTS:
                raise TooManyFaults(f"no worker process can be started: {error}") from error
            time.sleep(_FIRST_PAUSE_SECONDS * 2 ** (attempt - 1))
        else:
            break
    return process


@contextlib.contextmanager
def _deaf() -> Iterator[None]:
    """Block Ctrl-C for processes that start inside; it signals the whole process group.

    A signal would end the imports of such a process in a traceback, and the workers of the search with it. Only the
    main process is to react.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    from multiprocessing import resource_tracker

    resource_tracker.ensure_running()  # before the block, since starting it lifts the block
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextlib.contextmanager
def _short_socket_paths() -> Iterator[None]:
    """Let the fork server have its socket in a folder whose path is short, where that of temporary files is long.

    The path of a socket has 107 bytes at most (Linux; 103 on macOS). multiprocessing keeps the folder that it uses
    first.
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
