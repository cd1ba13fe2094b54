"""How worker processes start, whatever happens to the process that they are forked from."""

import multiprocessing
import os
import signal
import subprocess
import sys

import pytest

from lrsearch.errors import TooManyFaults
from lrsearch.executors import fork_server

needs_forkserver = pytest.mark.skipif(
    "forkserver" not in multiprocessing.get_all_start_methods(), reason="another start method"
)

SCRIPT = """
import os, sys
from multiprocessing.forkserver import _forkserver
from lrsearch.executors.fork_server import preload, start_process

preload(["json"])
first = _forkserver._forkserver_pid
os.kill(first, int(sys.argv[1]))
process = start_process(print, ("trained",), "worker")
process.join()
print(process.exitcode, "the same" if _forkserver._forkserver_pid == first else "another")
"""


@needs_forkserver
@pytest.mark.parametrize(("sent", "server"), [(signal.SIGINT, "the same"), (signal.SIGKILL, "another")])
def test_workers_start_whatever_reaches_their_server(sent, server):
    """It is deaf to Ctrl-C from its first moment on; one that was killed is started anew."""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(int(sent))], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stdout.split("\n")[:2] == ["trained", f"0 {server}"]
    assert not done.stderr


def test_says_so_where_none_can_be_started(monkeypatch):
    """An error of ours, and not one that a command line takes for a Ctrl-C."""

    class Context:
        class Process:
            def __init__(self, **_):
                pass

            def start(self):
                raise EOFError("unexpected EOF")

    monkeypatch.setattr(fork_server, "start_method", Context)
    with pytest.raises(TooManyFaults, match="cannot start a worker process: unexpected EOF"):
        fork_server.start_process(print, (), "worker")
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, ())


LONG_SCRIPT = """
import tempfile
from lrsearch.executors.fork_server import preload, start_process

if __name__ == "__main__":
    before = tempfile.gettempdir()
    preload(["json"])
    process = start_process(print, ("trained",), "worker")
    process.join()
    print(process.exitcode, tempfile.gettempdir() == before)
"""


@needs_forkserver
def test_a_long_path_of_temporary_files(tmp_path):
    """The path of a socket is short: it lies elsewhere, and nothing else does."""
    folder = tmp_path / ("x" * 120)
    folder.mkdir()
    done = subprocess.run(
        [sys.executable, "-c", LONG_SCRIPT],
        env={**os.environ, "TMPDIR": str(folder)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout.split("\n")[:2] == ["trained", "0 True"]
    assert not done.stderr
