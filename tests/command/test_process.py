"""A command runs to its end, and leaves no process behind, however it ends."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from lrsearch.command.process import Ended, base_environment, free_port, locked, run_command

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="process groups")
ONE_THAT_KILLS_ITSELF = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"


def run(tmp_path, *command, **options):
    """Output, and how it ended."""
    *texts, ended = run_command(command, log=tmp_path / "log", environment=base_environment(), **options)
    assert isinstance(ended, Ended)
    return "".join(texts), ended


def marked(tmp_path):
    """A name that only the children of this test have in their command lines, and a function that counts them."""
    mark = f"mark-{tmp_path.name}-{os.getpid()}"

    def count():
        lines = [path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline") if path.exists()]
        return sum(mark.encode() in line for line in lines)

    return mark, count


def until(condition, seconds=20):
    """Wait for something; it takes as long as it takes on a busy machine."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_output_of_both_streams_comes_as_it_is_written(tmp_path):
    """Also into the log, and a half character at the end of a piece is no error."""
    code = "import sys; print('val_acc=0.5'); sys.stderr.write('é' * 700000)"
    text, ended = run(tmp_path, sys.executable, "-c", code)
    assert ended == Ended(0, was_stopped=False)
    assert sorted(text) == sorted("val_acc=0.5\n" + "é" * 700000)
    assert (tmp_path / "log").read_text() == text


@pytest.mark.parametrize(
    ("command", "code", "text"),
    [
        ((sys.executable, "-c", "raise SystemExit(3)"), 3, ""),
        ((sys.executable, "-c", ONE_THAT_KILLS_ITSELF), 128 + signal.SIGKILL, ""),
        (("no-such-program",), 127, "no-such-program: there is no such program\n"),
        (("/",), 126, "/: Permission denied\n"),
        ((sys.executable, "-c", "print(input())"), 1, None),
    ],
)
def test_exit_codes(tmp_path, command, code, text):
    """As a shell has them; there is no input to read."""
    found, ended = run(tmp_path, *command)
    assert ended.code == code
    assert text is None or found == text


def test_the_environment_does_not_change_the_supervisor(tmp_path, monkeypatch):
    """A `PYTHONHOME` or a `signal.py` in the folder are the command's own."""
    (tmp_path / "signal.py").write_text("raise SystemExit('the wrong one')")
    environment = {**base_environment(), "PYTHONPATH": str(tmp_path), "PYTHONHOME": "/nonexistent"}
    monkeypatch.chdir(tmp_path)
    events = list(run_command(["/bin/echo", "fine"], log=tmp_path / "log", environment=environment))
    assert ("".join(events[:-1]), events[-1].code) == ("fine\n", 0)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux gives orphans to the supervisor")
def test_children_that_stay_behind_are_ended(tmp_path):
    """In the background, in a session of its own, and one that has ended its parent."""
    mark, count = marked(tmp_path)
    sleeper = f"exec -a {mark} sleep 300"
    shell = f"({sleeper}) & setsid bash -c '{sleeper}' & (setsid bash -c '{sleeper} &' &) ; sleep 0.5"
    _, ended = run(tmp_path, "bash", "-c", shell, grace_seconds=1)
    assert ended.code == 0
    assert count() == 0


@pytest.mark.parametrize("trap", ["", "trap '' TERM;"], ids=["ends at SIGTERM", "ignores SIGTERM"])
def test_a_stop_ends_it(tmp_path, trap):
    """With SIGTERM, or after the grace with SIGKILL."""
    mark, count = marked(tmp_path)
    ready = tmp_path / "ready"
    shell = f"{trap} touch {ready}; while true; do bash -c 'exec -a {mark} sleep 300'; done"
    _, ended = run(tmp_path, "bash", "-c", shell, grace_seconds=0.5, should_stop=ready.exists)
    assert ended == Ended(128 + (signal.SIGKILL if trap else signal.SIGTERM), was_stopped=True)
    assert count() == 0


def test_a_caller_that_goes_away_ends_it(tmp_path):
    """The iterator is closed before its end."""
    mark, count = marked(tmp_path)
    events = run_command(
        ["bash", "-c", f"exec -a {mark} sleep 300"], log=tmp_path / "log", environment=base_environment()
    )
    while count() == 0:
        next(events)
    events.close()
    assert count() == 0


def test_a_killed_caller_leaves_nothing(tmp_path):
    """SIGKILL of the process that runs it: the supervisor sees its input end."""
    mark, count = marked(tmp_path)
    code = f"""
from pathlib import Path
from lrsearch.command.process import base_environment, run_command
shell = "setsid bash -c 'exec -a {mark} sleep 300' & exec -a {mark} sleep 300"
log = Path({str(tmp_path / "log")!r})
list(run_command(["bash", "-c", shell], log=log, environment=base_environment(), grace_seconds=1))
"""
    with subprocess.Popen([sys.executable, "-c", code]) as caller:
        until(lambda: count() >= 2)
        caller.kill()
    until(lambda: count() == 0)


def test_a_lock_lasts_until_the_last_process_of_a_killed_caller_has_ended(tmp_path):
    """A second attempt at a trial waits for it, unless it is stopped."""
    mark, count = marked(tmp_path)
    path, ready = tmp_path / "lock", tmp_path / "ready"
    path.touch()
    code = f"""
from pathlib import Path
from lrsearch.command.process import base_environment, locked, run_command
shell = "trap '' TERM; touch {ready}; while true; do bash -c 'exec -a {mark} sleep 300'; done"
log = Path({str(tmp_path / "log")!r})
with locked(Path({str(path)!r}), lambda: False) as lock:
    list(run_command(["bash", "-c", shell], log=log, environment=base_environment(), grace_seconds=1, lock=lock))
"""
    with subprocess.Popen([sys.executable, "-c", code]) as caller:
        until(lambda: ready.exists() and count())
        with locked(path, lambda: True) as lock:
            assert lock is None
        caller.kill()
    with locked(path, lambda: False) as lock:
        assert lock is not None
        assert count() == 0


def test_a_command_inherits_no_files(tmp_path):
    """Only its three streams, whatever the supervisor has open."""
    (tmp_path / "lock").touch()
    with locked(tmp_path / "lock", lambda: False) as lock:
        text, _ = run(tmp_path, "ls", "/proc/self/fd", lock=lock)
    assert text.split() == ["0", "1", "2", "3"]  # the last one is the folder that ls reads


def test_a_free_port_can_be_bound():
    """It is a port for `MASTER_PORT`."""
    assert 1024 <= free_port() <= 65535
