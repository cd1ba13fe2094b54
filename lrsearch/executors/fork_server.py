"""How worker processes start: from a process that has imported what they need, and that is deaf to Ctrl-C."""

from __future__ import annotations

import contextlib
import multiprocessing
import signal
from collections.abc import Callable, Iterator, Sequence
from multiprocessing.context import BaseContext
from typing import Any

from lrsearch.errors import TooManyFaults

_ATTEMPTS = 2


def start_method() -> BaseContext:
    """Forkserver where the platform has it: workers start from a process that has imported what they need."""
    method = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
    return multiprocessing.get_context(method)


def preload(modules: Sequence[str]) -> None:
    """Start the process that workers are forked from now, so that it imports beside the main process.

    Args:
        modules: What workers will need.
    """
    context = start_method()
    if context.get_start_method() == "forkserver":
        from multiprocessing.forkserver import ensure_running

        context.set_forkserver_preload(list(modules))
        with _deaf():
            ensure_running()


def start_process(target: Callable[..., None], args: Sequence[object], name: str) -> Any:  # noqa: ANN401  (of the context's kind)
    """Start a worker, also where the process that it is forked from has died: that is then started anew.

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
            with _deaf():
                process.start()
        except (EOFError, OSError) as error:
            if attempt == _ATTEMPTS:
                raise TooManyFaults(f"no worker process can be started: {error}") from error
        else:
            break
    return process


@contextlib.contextmanager
def _deaf() -> Iterator[None]:
    """What starts inside does not hear Ctrl-C, which reaches the whole group: the main process decides.

    Its imports would end in a traceback, and the workers of a search with it.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    from multiprocessing import resource_tracker

    resource_tracker.ensure_running()  # before, for when it starts it lifts every block
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
