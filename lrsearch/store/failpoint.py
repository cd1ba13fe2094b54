"""A test aid: ends the process, or fills or breaks the disk, at a chosen file operation of a run.

`LRSEARCH_FAILPOINT=name:N:action`: at the N-th operation of that name in this process, counted from 1. Names: create (a
run folder, a file), append (to the log), replace (a whole file), sync, delete, or any. Actions: kill (SIGKILL; of an
append one half is written first), enospc (no space left), eio (a broken disk). Without the variable it does nothing.
"""

from __future__ import annotations

import errno
import os
import signal
from collections.abc import Callable
from dataclasses import dataclass, field

VARIABLE = "LRSEARCH_FAILPOINT"
OPERATIONS = ("create", "append", "replace", "sync", "delete")
_ERRORS = {"enospc": errno.ENOSPC, "eio": errno.EIO}


@dataclass
class _Failpoint:
    name: str
    number: int
    action: str
    calls: int = field(default=0)


def _read() -> _Failpoint | None:
    text = os.environ.get(VARIABLE)
    if not text:
        return None
    name, _, rest = text.partition(":")
    number, _, action = rest.partition(":")
    if name not in (*OPERATIONS, "any") or not number.isdigit() or action not in ("kill", *_ERRORS):
        names = "|".join((*OPERATIONS, "any"))
        raise ValueError(f"{VARIABLE}: expected {names}:N:kill|enospc|eio, got {text!r}")
    return _Failpoint(name, int(number), action)


_failpoint = _read()


def reach(operation: str, half_done: Callable[[], object] = lambda: None) -> None:
    """Called before each file operation of a run.

    Args:
        operation: One of `OPERATIONS`.
        half_done: Does a part of it, for the worst moment to be killed at.

    Raises:
        OSError: The failpoint is here, and asks for it.
    """
    point = _failpoint
    if point is None or point.name not in {operation, "any"}:
        return
    point.calls += 1
    if point.calls == point.number:
        half_done()
        if point.action == "kill":
            os.kill(os.getpid(), signal.SIGKILL if hasattr(signal, "SIGKILL") else signal.SIGTERM)
        raise OSError(_ERRORS[point.action], os.strerror(_ERRORS[point.action]))
