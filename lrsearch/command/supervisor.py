"""Runs one command as a process of its own, and leaves no process behind.

    python -I -S supervisor.py GRACE_SECONDS COMMAND ...

The command runs in a session of its own. When standard input of this process ends, because the process that started it
has closed it or was killed, or when SIGTERM arrives, the session gets SIGTERM, and SIGKILL after GRACE_SECONDS. On
Linux, processes that have left the session (daemons) become children of this process, and are ended with it.

The exit code is that of the command: 128 + N if signal N ended it; 127 if there is no such program, 126 if it cannot be
run. This file imports only the standard library, so that it starts in hundredths of a second.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import select
import signal
import sys
import time
from collections.abc import Iterator

_POLL_SECONDS = 0.05
_PR_SET_CHILD_SUBREAPER = 36
_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
_MOST_FILES = 1 << 10


def main(grace_seconds: float, command: list[str]) -> int:
    """Run the command, and return its exit code."""
    _adopt_orphans()
    asked = []
    for number in _SIGNALS:
        signal.signal(number, lambda got, _: asked.append(got))
    child = _start(command)
    code, told_at, killed = None, None, False
    while code is None:
        code = _reap(child)
        if code is not None:
            break
        if told_at is None and (asked or _input_has_ended()):
            _signal_session(child, signal.SIGTERM)
            told_at = time.monotonic()
        elif told_at is not None and not killed and time.monotonic() - told_at > grace_seconds:
            _signal_session(child, signal.SIGKILL)
            killed = True
        if told_at is not None or asked:
            time.sleep(_POLL_SECONDS)
    _end_the_rest(child, grace_seconds)
    return code


def _start(command: list[str]) -> int:
    """Start the command in a session of its own, without input; return its process id."""
    # A signal that comes before the child has its own handlers waits for them.
    signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    child = os.fork()
    if child:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
        return child
    try:
        os.setsid()
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.closerange(3, _MOST_FILES)  # also the lock, which lasts as long as this supervisor
        for number in _SIGNALS:
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
        os.execvp(command[0], command)  # noqa: S606  (the user's own command)
    except FileNotFoundError:
        os.write(2, f"{command[0]}: there is no such program\n".encode(errors="surrogateescape"))
        os._exit(127)
    except OSError as error:
        os.write(2, f"{command[0]}: {error.strerror}\n".encode(errors="surrogateescape"))
        os._exit(126)
    finally:
        os._exit(126)


def _reap(child: int) -> int | None:
    """Collect the processes that have ended. Return the exit code of the command if it is among them."""
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return 126
        if pid == 0:
            return None
        if pid == child:
            code = os.waitstatus_to_exitcode(status)
            return code if code >= 0 else 128 - code


def _input_has_ended() -> bool:
    """Whether standard input has ended; waits a moment for it."""
    with contextlib.suppress(InterruptedError):
        ready, _, _ = select.select([0], [], [], _POLL_SECONDS)
        return bool(ready) and not os.read(0, 1)
    return False


def _signal_session(child: int, number: int) -> None:
    """Send a signal to the command's process group, and to all other descendants."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child, number)
    for pid in _descendants():
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, number)


def _end_the_rest(child: int, grace_seconds: float) -> None:
    """End what the command has left running."""
    deadline = time.monotonic() + grace_seconds
    number = signal.SIGTERM
    while _is_alive(child):
        _signal_session(child, number)
        time.sleep(_POLL_SECONDS)
        _reap(child)
        if time.monotonic() > deadline:
            number = signal.SIGKILL


def _is_alive(child: int) -> bool:
    """Whether the command's process group or another descendant is still there."""
    try:
        os.killpg(child, 0)
    except ProcessLookupError:
        return any(True for _ in _descendants())
    except PermissionError:
        return False
    return True


def _descendants() -> Iterator[int]:
    """Yield the processes below this one (Linux; elsewhere none)."""
    parents: dict[int, list[int]] = {}
    with contextlib.suppress(OSError):
        for name in filter(str.isdigit, os.listdir("/proc")):  # noqa: PTH208  (pathlib takes long to import)
            with contextlib.suppress(OSError, ValueError, IndexError):
                with open(f"/proc/{name}/stat", encoding="utf-8", errors="replace") as file:  # noqa: PTH123  (the same)
                    rest = file.read().rpartition(")")[2].split()
                if rest[0] != "Z":
                    parents.setdefault(int(rest[1]), []).append(int(name))
    found = [os.getpid()]
    for pid in found:
        for child in parents.get(pid, ()):
            yield child
            found.append(child)


def _adopt_orphans() -> None:
    """Become the parent of descendants whose own parent ends (Linux; elsewhere nothing happens)."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]), sys.argv[2:]))
