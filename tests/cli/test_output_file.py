"""The name of a file to write, checked before anything is done."""

import errno
import os

import pytest

from lrsearch.cli.output_file import check_output_file, write_output
from lrsearch.errors import StorageError, UsageError


@pytest.mark.parametrize(
    ("path", "message"),
    [
        (".", "--out: . is a folder; name a file in it"),
        ("nowhere/x.svg", "--out: no such folder 'nowhere'; name a file in a folder that exists"),
        ("/dev/null/x.svg", "--out: /dev/null is not a folder; name a file in a folder that exists"),
        ("x.pdf", "--out: expected FILE.html, FILE.svg or FILE.png, got 'x.pdf'"),
        ("x", "--out: expected FILE.html, FILE.svg or FILE.png, got 'x'"),
    ],
)
def test_what_cannot_be_written_is_refused(tmp_path, monkeypatch, path, message):
    """With the flag, and what to give instead."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError) as caught:
        check_output_file("--out", type(tmp_path)(path), (".html", ".svg", ".png"))
    assert str(caught.value) == message


def test_a_folder_that_may_not_be_entered_is_refused(tmp_path, monkeypatch):
    """It is a mistake on the command line and no fault of the disk; a name that is too long too."""
    with pytest.raises(UsageError, match=r"--out: .*: cannot be written: File name too long"):
        check_output_file("--out", tmp_path / ("x" * 300))

    def refuse(path, **_):
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr("pathlib.Path.stat", refuse)
    with pytest.raises(UsageError, match=r"--out: .*x: cannot be written: Permission denied"):
        check_output_file("--out", tmp_path / "x")


def test_what_can_be_written_passes(tmp_path):
    """Whatever the case of its ending; without endings every name."""
    check_output_file("--out", tmp_path / "x.SVG", (".svg",))
    check_output_file("--write", tmp_path / "x")


@pytest.mark.parametrize(
    ("fault", "error", "message"),
    [
        (errno.ENOSPC, StorageError, "No space left on device; make room, and run the command again"),
        (errno.EIO, StorageError, "Input/output error"),
        (errno.EACCES, UsageError, "Permission denied; choose another file"),
    ],
)
def test_a_file_that_cannot_be_written_is_left_as_it_was(tmp_path, monkeypatch, fault, error, message):
    """A full or broken disk is exit 4, another place is the user's to choose; no part of a file is left."""

    def refuse(*_):
        raise OSError(fault, os.strerror(fault))

    old = tmp_path / "old.svg"
    old.write_text("old")
    monkeypatch.setattr(os, "write", refuse)
    for path in (old, tmp_path / "new.svg"):
        with pytest.raises(error) as caught:
            write_output("--out", path, b"new")
        assert str(caught.value) == f"--out: {path}: cannot be written: {message}"
        assert caught.value.exit_code == (4 if error is StorageError else 2)
    assert [path.name for path in tmp_path.iterdir()] == ["old.svg"]
    assert old.read_text() == "old"


def test_a_link_stays_one_and_a_pipe_is_written_to(tmp_path):
    """Only a file is replaced: /dev/null is none."""
    target, link, pipe = tmp_path / "target", tmp_path / "link", tmp_path / "pipe"
    link.symlink_to(target)
    write_output("", link, b"x")
    assert link.is_symlink()
    assert target.read_bytes() == b"x"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    write_output("", pipe, b"y")
    assert os.read(reader, 9) == b"y"
    os.close(reader)
    assert pipe.is_fifo()
