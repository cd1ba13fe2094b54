"""The program itself: its streams, its help, its exit codes."""

import os
import subprocess
import sys
from importlib import import_module

import pytest


def test_a_closed_reader_is_no_failure(lrsearch, tmp_path, environment):
    """`lrsearch show | head -1` ends quietly."""
    lrsearch("grid", "--points", "4")
    command = f"set -o pipefail; {sys.executable} -m lrsearch show --format json | head -1"
    done = subprocess.run(
        ["bash", "-c", command], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.stdout == "{\n"
    assert done.stderr == ""
    assert done.returncode == 0


@pytest.mark.parametrize("redirect", [">&-", "2>&-", "2>/dev/full", "2> >(head -c1 >/dev/null)"])
def test_streams_that_are_closed_or_full_end_no_search(lrsearch, tmp_path, environment, redirect):
    """Progress may be lost; the search is not."""
    command = f"{sys.executable} -m lrsearch grid --points 3 --name x {redirect}"
    environment["LRSEARCH_TRAINER"] = "analytic"
    done = subprocess.run(["bash", "-c", command], cwd=tmp_path, env=environment, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    assert len((tmp_path / "runs/x/results.csv").read_text().splitlines()) == 4


def test_a_full_disk_behind_stdout_is_exit_4(lrsearch, tmp_path, environment):
    """One line, no traceback."""
    lrsearch("grid", "--points", "3", "--name", "x")
    command = f"{sys.executable} -m lrsearch show x >/dev/full"
    done = subprocess.run(
        ["bash", "-c", command], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 4
    assert done.stderr.startswith("cannot write the output")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "args",
    [
        ["show", "x", "--format", "json"],
        ["show", "x", "--format", "csv"],
        ["show", "x", "--format", "md"],
        ["show", "x"],
        ["check", "--schema"],
        ["grid", "--help"],
        ["grid", "--points", "3", "--format", "csv"],
    ],
)
def test_a_reader_that_is_gone_before_anything_is_written(lrsearch, tmp_path, environment, args):
    """Little output waits in a buffer until the end: it is no failure there either."""
    if "x" in args:
        lrsearch("grid", "--points", "3", "--name", "x")
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-m", "lrsearch", *args]
    variables = {**environment, "LRSEARCH_TRAINER": "analytic"}
    with open(writer, "wb") as stdout:  # noqa: PTH123  (a descriptor)
        done = subprocess.run(
            command, cwd=tmp_path, env=variables, stdout=stdout, stderr=subprocess.PIPE, text=True, check=False
        )
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr


def test_a_working_folder_that_was_deleted(tmp_path, environment):
    """It is named, and not the output."""
    (tmp_path / "gone").mkdir()
    script = f"cd gone && rmdir ../gone && exec {sys.executable} -m lrsearch grid --points 3"
    environment["LRSEARCH_TRAINER"] = "analytic"
    done = subprocess.run(
        ["bash", "-c", script], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.stderr == "the current folder was deleted; change to a folder that exists\n"
    assert done.returncode == 4


def test_help_and_version(lrsearch):
    """Without a command the help is printed, and the exit code is that of bad usage."""
    assert "lrsearch grid [OPTIONS] [SPEC]" in lrsearch("grid", "--help").stdout
    assert "Usage: lrsearch [OPTIONS] COMMAND" in lrsearch("-h").stdout
    assert lrsearch("--version").stdout.startswith("lrsearch ")
    bare = lrsearch(code=2)
    assert "Usage: lrsearch [OPTIONS] COMMAND" in bare.stdout
    assert bare.stderr == ""


def test_too_little_memory_for_torch(tmp_path, environment):
    """One line, exit 1. The bound is far below what torch maps, and far above what Python needs."""
    command = f"ulimit -v 400000; {sys.executable} -m lrsearch grid --points 2"
    done = subprocess.run(
        ["bash", "-c", command], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr.startswith("this process may use too little memory to load its libraries (")
    assert done.stderr.count("\n") == 1


def test_memory_that_runs_out_is_one_line(monkeypatch, capsys):
    """Wherever it happens."""
    main = import_module("lrsearch.cli.main")  # the package has a function of this name

    def fail(*_, **__):
        raise MemoryError("Unable to allocate 19.0 GiB for an array with shape (1, 2) and data type uint8")

    monkeypatch.setattr(main, "app", fail)
    assert main._run() == 1
    assert capsys.readouterr().err == (
        "this process may use too little memory (Unable to allocate 19.0 GiB for an array with shape (1, 2) and data "
        "type uint8)\n"
    )
