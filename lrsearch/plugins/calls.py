"""Calls the functions of a plugin. An exception of a plugin becomes an error with the user's own traceback."""

from __future__ import annotations

import functools
import sysconfig
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar, cast

from lrsearch.errors import LrSearchError, UsageError

_F = TypeVar("_F", bound=Callable[..., Any])

_STDLIB = sysconfig.get_path("stdlib")
_HERE = str(Path(__file__).parents[1])


class PluginError(UsageError):
    """A plugin raised an exception. The lines after the first are the traceback from the user's first frame on."""


@contextmanager
def users_traceback(what: str, files: Iterable[str] = ()) -> Iterator[None]:
    """Turn an exception of the block into a `PluginError`. Errors of lrsearch pass through.

    Args:
        what: Name of the code that is called, such as "model 'wide' (my_net.py)".
        files: The files of the plugin; without them, the first frame outside of lrsearch counts as the user's.
    """
    try:
        yield
    except LrSearchError:
        raise
    except (Exception, SystemExit) as error:  # noqa: BLE001  (the code of a user raises anything)
        raise PluginError(*error_lines(what, error, files)) from None


def error_lines(what: str, error: BaseException, files: Iterable[str] = ()) -> list[str]:
    """Describe an exception: a line that says what raised it, and the traceback from the user's first frame on."""
    message = _lines(traceback.format_exception_only(error))
    if isinstance(error, SyntaxError):
        return [f"{what}: {message[-1]}", *message[:-1]]
    frames = list(traceback.extract_tb(error.__traceback__))
    own = set(files)
    known = [n for n, frame in enumerate(frames) if frame.filename in own]
    others = [n for n, frame in enumerate(frames) if not _is_installed(frame.filename)]
    first = next(iter(known or others), len(frames))
    more = message if len(message) > 1 else []
    return [f"{what}: {message[0]}", *_lines(traceback.format_list(frames[first:])), *more]


def error_place(error: BaseException) -> str:
    """Say where an exception was raised: the last line of the user's own code, else the last line of all."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if not _is_installed(frame.filename)]
    place = own[-1] if own else frames[-1]
    file = f"{Path(place.filename).name}, " if own else ""
    return f"{file}{place.name}, line {place.lineno}"


def _is_installed(filename: str) -> bool:
    return filename.startswith((_HERE, _STDLIB, "<frozen")) or "site-packages" in Path(filename).parts


def _lines(blocks: Iterable[str]) -> list[str]:
    return [line for block in blocks for line in block.rstrip("\n").split("\n")]


def guarded(function: _F, what: str, files: Iterable[str]) -> _F:
    """Return a function that turns its exceptions into a `PluginError`."""
    known = tuple(files)

    @functools.wraps(function)
    def call(*args: Any, **options: Any) -> Any:  # noqa: ANN401  (of any function)
        with users_traceback(what, known):
            return function(*args, **options)

    return cast("_F", call)
