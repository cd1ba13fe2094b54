"""Progress for functions that are called from Python, as the command line shows it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import wraps
from typing import ParamSpec, TypeVar

from lrsearch.interfaces import Listener

P = ParamSpec("P")
T = TypeVar("T")


def shows_progress(
    open_progress: Callable[[], AbstractContextManager[Listener]],
) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Let a function show its progress, unless the caller says `progress=False` or gives a listener.

    The function takes both as keywords: `listener`, which it calls, and `progress`, which is read here.

    Args:
        open_progress: Opens the display; the function gets the listener that it yields.
    """

    def decorate(function: Callable[P, T]) -> Callable[P, T]:
        @wraps(function)
        def call(*args: P.args, **kwargs: P.kwargs) -> T:
            if "listener" in kwargs or not kwargs.get("progress", True):
                return function(*args, **kwargs)
            with open_progress() as listener:
                kwargs["listener"] = listener
                return function(*args, **kwargs)

        return call

    return decorate
