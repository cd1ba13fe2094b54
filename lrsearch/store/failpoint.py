"""For tests: kills the process, or simulates a full or broken disk, at a chosen file operation of a run.

With `LRSEARCH_FAILPOINT=name:N:action`, the action happens at the N-th operation of that name, counted from 1.
Names: create (a run folder, a file), append (to the log), replace (a whole file), sync, delete, or any.
Actions: kill (SIGKILL), enospc (no space left), eio (a broken disk). Before the action, an append writes half of its
bytes.
If the variable is not set, nothing happens.
"""

from __future__ import annotations

import errno
import os
import signal
from collections.abc import Callable
from dataclasses import dataclass, field

from lrsearch.errors import UsageError

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
        raise UsageError(f"{VARIABLE}: expected {names}:N:kill|enospc|eio, got {text!r}")
    return _Failpoint(name, int(number), action)


_failpoint = _read()


def reach(operation: str, half_done: Callable[[], object] = lambda: None) -> None:
    """Kill the process or raise an error if the failpoint is at this operation. Every file operation calls this first.

    Args:
        operation: One of `OPERATIONS`.
        half_done: A function that does a part of the operation. This function is called just before the failpoint acts.

    Raises:
        OSError: The failpoint is at this operation, and its action is a disk error.
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
