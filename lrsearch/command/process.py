"""Runs one command, writes its output into a file, stops it on request, and leaves no process behind."""

from __future__ import annotations

import codecs
import os
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

_SUPERVISOR = Path(__file__).with_name("supervisor.py")
_POLL_SECONDS = 0.1
_AT_ONCE = 1 << 20


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended.

    Attributes:
        code: The exit code of the command; 128 + N if signal N ended the command.
        was_stopped: Whether the command was sent SIGTERM because `should_stop` returned true.
    """

    code: int
    was_stopped: bool


def run_command(
    command: Sequence[str],
    *,
    log: Path,
    environment: Mapping[str, str],
    folder: Path | None = None,
    should_stop: Callable[[], bool] = lambda: False,
    grace_seconds: float = 30.0,
    lock: int | None = None,
) -> Generator[str | Ended, None, None]:
    """Run a command. Yield its output as it comes, and at last how it ended.

    The command has no input, and runs in a session of its own. It is stopped when `should_stop` returns true,
    when the caller closes the iterator, or when this process is killed. The command and its children then get SIGTERM,
    and SIGKILL after `grace_seconds`.

    Args:
        command: The program and its arguments; no shell reads them.
        log: File that gets the output, both streams in one; it is appended to.
        environment: The whole environment of the command.
        folder: Folder in which it runs; None for the current one.
        should_stop: Called ten times a second.
        grace_seconds: Seconds between SIGTERM and SIGKILL.
        lock: Descriptor of a locked file. It stays locked until all processes have ended, even if this one is killed.
    """
    with log.open("ab") as output:
        start = output.tell()
        # -I and -S: the user's environment must not change what the supervisor imports.
        process = subprocess.Popen(  # noqa: S603  (the user's own command)
            [sys.executable, "-I", "-S", str(_SUPERVISOR), str(grace_seconds), *command],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=output,
            env=dict(environment),
            cwd=folder,
            start_new_session=True,
            pass_fds=() if lock is None else (lock,),
        )
    pipe: IO[bytes] = process.stdin  # type: ignore[assignment]  # it is a pipe
    stopped = False
    try:
        with log.open("rb") as written:
            written.seek(start)
            decode = codecs.getincrementaldecoder("utf-8")(errors="replace").decode
            while True:
                code = _wait(process)
                while not stopped and (text := written.read(_AT_ONCE)):
                    yield decode(text)
                    if should_stop():  # it may take minutes to read a long output
                        stopped = True
                        pipe.close()
                if code is not None:
                    yield Ended(code if code >= 0 else 128 - code, stopped)
                    return
                if not stopped and should_stop():
                    stopped = True
                    pipe.close()
                yield ""
    finally:
        if not pipe.closed:
            pipe.close()  # the supervisor ends the command
        process.wait()


def _wait(process: subprocess.Popen[bytes]) -> int | None:
    """Wait a tenth of a second for the command. Return its exit code, or None if it still runs."""
    try:
        return process.wait(_POLL_SECONDS)
    except subprocess.TimeoutExpired:
        return None


@contextmanager
def locked(path: Path, should_stop: Callable[[], bool]) -> Iterator[int | None]:
    """Lock a file. Wait for it as long as an earlier command, which was told to stop, still runs.

    Args:
        path: The file; it must exist.
        should_stop: Called ten times a second.

    Yields:
        The descriptor of the locked file, for `run_command`; None if `should_stop` returned true first.
    """
    import fcntl

    with path.open("rb") as file:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if should_stop():
                    yield None
                    return
                time.sleep(_POLL_SECONDS)
            except OSError:  # a file system without locks
                break
        yield file.fileno()


def free_port() -> int:
    """Return a TCP port that nobody uses at this moment."""
    import socket

    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def base_environment() -> dict[str, str]:
    """Return this process's environment for a command, with PYTHONUNBUFFERED: Python then prints each line at once."""
    return {**os.environ, "PYTHONUNBUFFERED": "1"}
