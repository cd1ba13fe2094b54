"""The program in a process of its own, forked from one that has already imported it.

Such a process does what `python -m lrsearch` does, without the seconds that the imports take. A test of how the
interpreter starts (its options, its streams, what is imported when) begins one with `subprocess` instead.
"""

from __future__ import annotations

import atexit
import functools
import gc
import json
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import NoReturn

from lrsearch.store import failpoint

IMPORTED = (
    "lrsearch.cli.latest",
    "lrsearch.cli.live_report",
    "lrsearch.cli.output",
    "lrsearch.cli.plan",
    "lrsearch.cli.plugins",
    "lrsearch.cli.running",
    "lrsearch.data.digits",
    "lrsearch.reporting.compare",
    "lrsearch.reporting.pictures",
    "lrsearch.runs.tensorboard",
    "lrsearch.strategies.auto",
    "lrsearch.strategies.grid",
    "lrsearch.strategies.tpe",
    "lrsearch.training.analytic",
    "lrsearch.training.torch_trainer",
    "jinja2",
    "matplotlib.backends.backend_svg",
    "optuna",
    "platformdirs",
    "scipy.special",
    "scipy.stats",
    "typer.rich_utils",
)
"""What the commands import when they need it."""

MOST_BYTES = 1 << 20
"""No command line with its environment is longer."""


class ForkedProcess:
    """A process of the program, with the methods of `subprocess.Popen`; it is a leader of a session."""

    def __init__(self, args: Sequence[str], reports: socket.socket, files: Sequence[tempfile._TemporaryFileWrapper]):
        self.args, self.returncode = args, None
        self._reports, self._files = reports, files
        self.pid = int(reports.recv(MOST_BYTES))

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the end; the exit code, negative for a signal."""
        if self.returncode is None:
            if not select.select([self._reports], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired(self.args, timeout)
            self.returncode = int(self._reports.recv(MOST_BYTES))
            self._reports.close()
        return self.returncode

    def poll(self) -> int | None:
        """The exit code, or None while the process runs."""
        try:
            return self.wait(0)
        except subprocess.TimeoutExpired:
            return None

    def send_signal(self, number: int) -> None:
        """Send a signal, unless the process has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """Ask the process to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End the process at once."""
        self.send_signal(signal.SIGKILL)

    @property
    def said(self) -> str:
        """What was written to stderr so far."""
        return os.pread(self._files[1].fileno(), MOST_BYTES, 0).decode()

    def communicate(self, timeout: float | None = None) -> tuple[str, str]:
        """Wait for the end; what was written to stdout and stderr."""
        self.wait(timeout)
        written = []
        for file in self._files:
            file.seek(0)
            written.append(file.read())
        return written[0], written[1]

    def close(self) -> None:
        """Kill the process if it still runs, and close its files."""
        self.kill()
        self.wait(60)
        for file in self._files:
            file.close()


class Forks:
    """Starts processes of the program, until it is closed."""

    def __init__(self) -> None:
        self._requests, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        # The threads that OpenBLAS starts when it is imported would not outlive a fork.
        environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
        command = [sys.executable, "-W", "error", __file__, str(theirs.fileno())]
        with theirs:
            self._server = subprocess.Popen(
                command, env=environment, pass_fds=[theirs.fileno()], start_new_session=True, stdin=subprocess.DEVNULL
            )

    def start(
        self,
        args: Sequence[object],
        *,
        cwd: Path,
        env: Mapping[str, str],
        stdin: int | None = None,
        stdout: int | None = None,
        stderr: int | None = None,
    ) -> ForkedProcess:
        """Begin `lrsearch ARGS`; the streams are descriptors, by default of nothing and of files."""
        args = [str(arg) for arg in args]
        request = json.dumps({"args": args, "cwd": str(cwd), "env": dict(env)}).encode()
        files = [tempfile.TemporaryFile("w+"), tempfile.TemporaryFile("w+")]  # noqa: SIM115  (the process closes them)
        reports, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs, Path(os.devnull).open() as nothing:
            streams = [
                nothing.fileno() if stdin is None else stdin,
                files[0].fileno() if stdout is None else stdout,
                files[1].fileno() if stderr is None else stderr,
            ]
            socket.send_fds(self._requests, [request], [*streams, theirs.fileno()])
        return ForkedProcess(args, reports, files)

    def run(
        self,
        args: Sequence[object],
        *,
        cwd: Path,
        env: Mapping[str, str],
        timeout: float = 120,
        stdin: int | None = None,
        stdout: int | None = None,
    ) -> subprocess.CompletedProcess[str]:
        """Run `lrsearch ARGS` to its end."""
        process = self.start(args, cwd=cwd, env=env, stdin=stdin, stdout=stdout)
        try:
            out, err = process.communicate(timeout)
        finally:
            process.close()
        return subprocess.CompletedProcess(process.args, process.wait(0), out, err)

    def close(self) -> None:
        """End the process that the others are forked from."""
        self._requests.close()
        self._server.wait(60)


def prepare() -> None:
    """Do once what every process would do anew: imports, commands and their flags, and what a first search makes."""
    import typer

    from lrsearch.cli.main import app
    from lrsearch.runs import load_run, run_search
    from lrsearch.spec import make_spec

    for name in IMPORTED:
        import_module(name)
    os.environ["LRSEARCH_TRAINER"] = "analytic"
    with tempfile.TemporaryDirectory() as folder:  # pydantic, for one, builds its checks when they are first used
        run = run_search(make_spec({"search": {"points": 3}}), runs_dir=folder, progress=False)
        assert load_run(run.path).ranking.rows
    typer.main.get_command = functools.cache(typer.main.get_command)
    typer.main.get_command(app)


def serve(requests: socket.socket) -> None:
    """Start a process for each request, and report its number and then its exit code, until nobody can send another."""
    prepare()
    gc.freeze()
    reports: dict[int, socket.socket] = {}

    def report_ends(*_: object) -> None:
        while reports:
            process, status = os.waitpid(-1, os.WNOHANG)
            if process == 0:
                return
            with reports.pop(process) as connection:
                connection.send(str(os.waitstatus_to_exitcode(status)).encode())

    signal.signal(signal.SIGCHLD, report_ends)
    while True:
        request, descriptors, _, _ = socket.recv_fds(requests, MOST_BYTES, 4)
        if not request:
            return
        *streams, connection = descriptors
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
        process = os.fork()
        if process == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
            os.closerange(requests.fileno(), min(streams))
            os.close(connection)
            run_program(streams, **json.loads(request))
        for stream in streams:
            os.close(stream)
        reports[process] = socket.socket(fileno=connection)
        reports[process].send(str(process).encode())
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def run_program(streams: Sequence[int], args: Sequence[str], cwd: str, env: Mapping[str, str]) -> NoReturn:
    """Do in this process what `python -m lrsearch ARGS` does in a new one."""
    os.setsid()
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    sys.stdin = open(0, encoding=sys.stdin.encoding, closefd=False)  # noqa: SIM115  (a descriptor)
    sys.stdout = open(1, "w", encoding=sys.stdout.encoding, errors=sys.stdout.errors, closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", 1, encoding=sys.stderr.encoding, errors=sys.stderr.errors, closefd=False)  # noqa: SIM115
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(env)
    failpoint._failpoint = failpoint._read()  # read when it is imported
    sys.path[0] = cwd
    sys.argv = ["lrsearch", *args]
    code: object = 1
    try:
        runpy.run_module("lrsearch", run_name="__main__", alter_sys=True)
    except SystemExit as end:
        code = end.code
    except BaseException:  # noqa: BLE001  (as the interpreter does)
        traceback.print_exc()
    # The interpreter would also delete its objects one by one, which copies all of the memory that the fork shares.
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code if isinstance(code, int) else 0)


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[1])))
