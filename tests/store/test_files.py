"""Whole files or none, and errors that say what to do."""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from pathlib import Path

import pytest

from lrsearch.errors import StorageError, UsageError
from lrsearch.store import failpoint, files


def test_replace_file(tmp_path):
    """The new contents, and nothing left beside it."""
    path = tmp_path / "a.txt"
    files.replace_file(path, b"one")
    files.replace_file(path, b"two")
    assert path.read_bytes() == b"two"
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]


def test_a_failed_replacement_leaves_the_old_file(tmp_path, monkeypatch):
    """No space left: the old file stands, nothing is left beside it, the space is named."""
    path = tmp_path / "a.txt"
    files.replace_file(path, b"old")
    monkeypatch.setattr(os, "fsync", no_space)
    room = r"a\.txt: no space left: 1,234 bytes are needed, and [\d,]+ are free; make room"
    with pytest.raises(StorageError, match=room):
        files.replace_file(path, b"x" * 1234)
    assert path.read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]


def test_append_is_all_or_none(tmp_path, monkeypatch):
    """A write that fails half-way leaves what stood before."""
    path = tmp_path / "log"
    descriptor = files.open_append(path)
    assert files.append(descriptor, b"first\n", path) == 0
    real_write = os.write

    def half_write(descriptor, content):
        if len(content) < 100:
            no_space()
        return real_write(descriptor, content[:60])

    monkeypatch.setattr(os, "write", half_write)
    with pytest.raises(StorageError, match="100 bytes are needed"):
        files.append(descriptor, b"x" * 100, path)
    monkeypatch.undo()
    assert path.read_bytes() == b"first\n"
    assert files.append(descriptor, b"second\n", path) == 6
    files.sync(descriptor, path)
    files.close(descriptor, path)
    assert path.read_bytes() == b"first\nsecond\n"


@pytest.mark.parametrize("move", [lambda path: path.unlink(), lambda path: path.rename(path.with_name("away"))])
def test_append_to_a_file_that_is_gone(tmp_path, move):
    """A deleted or moved file is noticed: what is written to it would be lost."""
    path = tmp_path / "log"
    descriptor = files.open_append(path)
    move(path)
    with pytest.raises(StorageError, match=r"log: does not exist \(deleted or moved\?\)"):
        files.append(descriptor, b"x", path)
    files.close(descriptor, path)


def test_truncate(tmp_path):
    """Cut to a size."""
    path = tmp_path / "log"
    path.write_bytes(b"abcdef")
    descriptor = files.open_append(path)
    files.truncate(descriptor, 2, path)
    files.close(descriptor, path)
    assert path.read_bytes() == b"ab"


def test_make_folder(tmp_path):
    """All files at once."""
    files.make_folder(tmp_path / "run", {"a": b"1", "b": b"2"})
    assert {path.name: path.read_bytes() for path in (tmp_path / "run").iterdir()} == {"a": b"1", "b": b"2"}
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


@pytest.mark.parametrize("kind", ["folder", "empty folder", "file", "dangling link"])
def test_make_folder_never_takes_the_place_of_anything(tmp_path, kind):
    """What is there already is left alone, and nothing stays beside it."""
    path = tmp_path / "run"
    if kind == "file":
        path.write_text("x")
    elif kind == "dangling link":
        path.symlink_to(tmp_path / "nowhere")
    else:
        path.mkdir()
    if kind == "folder":
        (path / "mine").write_text("x")
    with pytest.raises(FileExistsError):
        files.make_folder(path, {"a": b"1"})
    assert [path.name for path in tmp_path.iterdir()] == ["run"]
    assert not (path / "a").exists()


def test_make_folder_without_space(tmp_path, monkeypatch):
    """No half-made folder is left."""
    monkeypatch.setattr(os, "fsync", no_space)
    with pytest.raises(StorageError, match=r"no space left: .*; make room, then run the command again$"):
        files.make_folder(tmp_path / "run", {"a": b"1"})
    assert [path.name for path in tmp_path.iterdir()] == []


def test_remove(tmp_path):
    """Files, folders and links go; what a link leads to stays; what is not there is no error."""
    (tmp_path / "folder" / "deep").mkdir(parents=True)
    (tmp_path / "file").write_text("x")
    (tmp_path / "link").symlink_to(tmp_path / "folder")
    for name in ("link", "file", "none"):
        files.remove(tmp_path / name)
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]
    files.remove(tmp_path / "folder")
    assert [path.name for path in tmp_path.iterdir()] == []


@pytest.mark.parametrize("nested", [False, True])
def test_remove_unfinished(tmp_path, nested):
    """Only what a killed process left half-written; in the folders below only when asked to."""
    (tmp_path / ".new-1-run").mkdir()
    (tmp_path / ".new-run.json").write_text("x")
    (tmp_path / "run.json").write_text("x")
    (tmp_path / "plots").mkdir()
    (tmp_path / "plots" / ".new-a.svg").write_text("x")
    files.remove_unfinished(tmp_path, nested=nested)
    files.remove_unfinished(tmp_path / "none", nested=nested)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["plots", "run.json"]
    assert (tmp_path / "plots" / ".new-a.svg").exists() is not nested


def test_reading_what_is_not_there(tmp_path):
    """A missing file is a line for people."""
    with pytest.raises(StorageError, match="does not exist"):
        files.read_file(tmp_path / "none")
    with suppress(StorageError):
        files.open_append(tmp_path / "none" / "log")
    assert [path.name for path in tmp_path.iterdir()] == []


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="needs /proc")
def test_a_file_system_that_holds_no_files():
    """A folder cannot be made in /proc; the message does not say that the folder was deleted."""
    with pytest.raises(StorageError, match=r"^/proc/self/runs: no folder can be made here; choose another place"):
        files.make_parents(Path("/proc/self/runs"))


def test_make_parents(tmp_path):
    """Folders are made; a file in the way is a line for people."""
    files.make_parents(tmp_path / "a" / "b")
    files.make_parents(tmp_path / "a" / "b")
    (tmp_path / "file").write_text("x")
    with pytest.raises(StorageError, match="file: is not a folder; move the file away, then run the command again"):
        files.make_parents(tmp_path / "file")


def no_space(*arguments):
    """What the system does when the disk is full."""
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_planted_link_is_not_written_through(tmp_path):
    """A link where the unfinished file goes leads elsewhere: it makes room, and its target stays as it is."""
    outside = tmp_path / "outside"
    outside.write_bytes(b"mine")
    (tmp_path / ".new-c.html").symlink_to(outside)
    files.replace_file(tmp_path / "c.html", b"page")
    assert outside.read_bytes() == b"mine"
    assert (tmp_path / "c.html").read_bytes() == b"page"
    assert not (tmp_path / "c.html").is_symlink()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["c.html", "outside"]


def test_what_a_killed_process_left_makes_room(tmp_path):
    """An unfinished file of before is no obstacle."""
    (tmp_path / ".new-a.txt").write_bytes(b"half, and longer than what comes")
    files.replace_file(tmp_path / "a.txt", b"whole")
    assert (tmp_path / "a.txt").read_bytes() == b"whole"
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]


def test_a_replaced_file_keeps_its_permissions(tmp_path):
    """A spec that only its owner may read stays so."""
    path = tmp_path / "a.txt"
    path.write_bytes(b"old")
    path.chmod(0o640)
    files.replace_file(path, b"new")
    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (b"new", 0o640)


def test_a_failpoint_that_does_not_exist(monkeypatch):
    """The variable is for tests, and a mistyped one must not make them pass."""
    for text in ("append", "append:x:kill", "apend:1:kill", "append:1:die"):
        monkeypatch.setenv("LRSEARCH_FAILPOINT", text)
        with pytest.raises(UsageError, match=rf"^LRSEARCH_FAILPOINT: expected create\|.*, got '{text}'$"):
            failpoint._read()
