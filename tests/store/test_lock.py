"""One writer at a time, across real processes."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from lrsearch.errors import RunInUse, StorageError
from lrsearch.store.lock import hold_briefly, hold_lock

HOLDER = """
import sys, time
from pathlib import Path
from lrsearch.store.lock import hold_lock
with hold_lock(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def holder(tmp_path):
    """Another process that holds the lock until its stdin is closed."""
    command = [sys.executable, "-c", HOLDER, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_a_second_process_is_told_who_holds_it(tmp_path, holder):
    """Process, host and start, and nothing is changed."""
    before = sorted(path.name for path in tmp_path.iterdir())
    expected = rf"is in use by process {holder.pid} on {socket.gethostname()} since 20\d\d-\d\d-\d\dT.*\+00:00"
    with pytest.raises(RunInUse, match=expected), hold_lock(tmp_path):
        pass
    assert sorted(path.name for path in tmp_path.iterdir()) == before


def test_a_killed_holder_frees_the_lock(tmp_path, holder):
    """The kernel frees it; the note that was left is replaced, and removed at the end."""
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    with hold_lock(tmp_path):
        assert str(os.getpid()) in (tmp_path / ".lock.json").read_text()
    assert [path.name for path in tmp_path.iterdir()] == [".lock"]


def test_waiting_for_a_holder_that_ends(tmp_path, holder):
    """With time to wait, the lock comes when the other process ends."""
    holder.stdin.close()
    with hold_briefly(tmp_path):
        pass


def test_twice_in_one_process(tmp_path):
    """A notebook that starts the same run twice is refused as well; afterwards the lock is free."""
    with hold_lock(tmp_path), pytest.raises(RunInUse, match=f"process {os.getpid()}"), hold_lock(tmp_path):
        pass
    with hold_lock(tmp_path):
        pass


def test_a_holder_without_a_note(tmp_path):
    """A lock whose note is not there is still a lock."""
    with hold_lock(tmp_path):
        (tmp_path / ".lock.json").unlink()
        with pytest.raises(RunInUse, match="by another process"), hold_lock(tmp_path):
            pass


def test_folders_that_go_and_folders_that_are_not(tmp_path):
    """A folder deleted under the lock is no second error; a missing one is a line for people."""
    folder = tmp_path / "run"
    folder.mkdir()
    with hold_lock(folder):
        shutil.rmtree(folder)
    with pytest.raises(StorageError, match="does not exist"), hold_lock(folder):
        pass


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="needs /proc")
def test_a_folder_that_holds_no_files():
    """No other process is blamed if the lock's file cannot be made."""
    with pytest.raises(StorageError, match=r"^/proc/self: no file can be made here"), hold_lock(Path("/proc/self")):
        pass


def test_the_writer_begins_by_cleaning_up(tmp_path):
    """What a killed writer left half-written is removed, in the folders of the run too."""
    (tmp_path / "plots").mkdir()
    for folder in (tmp_path, tmp_path / "plots"):
        (folder / ".new-x").write_text("x")
    with hold_lock(tmp_path):
        assert sorted(path.name for path in tmp_path.iterdir()) == [".lock", ".lock.json", "plots"]
        assert not list((tmp_path / "plots").iterdir())


def test_a_removed_lock_is_made_again(tmp_path):
    """The run is locked as before, and nothing is lost."""
    with hold_lock(tmp_path) as lock:
        lock.confirm()
        (tmp_path / ".lock").unlink()
        lock.confirm()
        with pytest.raises(RunInUse, match=f"process {os.getpid()}"), hold_lock(tmp_path):
            pass
        lock.confirm()
    with hold_lock(tmp_path):
        pass


def test_a_removed_lock_that_another_process_has_made_again(tmp_path):
    """The first writer stops before it writes, while the other works and after it; the note is the other's."""
    with hold_lock(tmp_path) as first:
        (tmp_path / ".lock").unlink()
        with hold_lock(tmp_path) as second:
            note = (tmp_path / ".lock.json").read_text()
            with pytest.raises(RunInUse, match="another process took over the run, so this process stops"):
                first.confirm()
            second.confirm()
        (tmp_path / ".lock.json").write_text(note)
        with pytest.raises(RunInUse):
            first.confirm()
    assert (tmp_path / ".lock.json").read_text() == note


def test_a_folder_that_goes_is_no_lock_to_make_again(tmp_path):
    """It is not made again with nothing in it."""
    folder = tmp_path / "run"
    folder.mkdir()
    with hold_lock(folder) as lock:
        shutil.rmtree(folder)
        with pytest.raises(StorageError, match="does not exist"):
            lock.confirm()
    assert not folder.exists()


def test_a_full_disk_takes_no_lock(tmp_path, monkeypatch):
    """The note only informs: the first result says what is wrong, and how to resume."""
    (tmp_path / ".lock").touch()

    def refuse(path, content):
        raise StorageError(f"{path}: no space left")

    monkeypatch.setattr("lrsearch.store.files.replace_file", refuse)
    with hold_lock(tmp_path):
        assert not (tmp_path / ".lock.json").exists()
