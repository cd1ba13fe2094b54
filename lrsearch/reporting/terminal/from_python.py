"""Shows progress for functions that are called from Python, in the same way as the command line."""

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
    """Make a decorator that shows the progress of a function, unless the caller gives `progress=False` or a listener.

    The function must accept the keywords `listener`, which it calls, and `progress`, which only the decorator reads.

    Args:
        open_progress: Opens the display. The function gets the listener that the display yields.
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
