"""The program itself: its streams, its help, its exit codes."""

import subprocess
import sys

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


def test_help_and_version(lrsearch):
    """Without a command the help is printed, and the exit code is that of bad usage."""
    assert "lrsearch grid [OPTIONS] [SPEC]" in lrsearch("grid", "--help").stdout
    assert "Usage: lrsearch [OPTIONS] COMMAND" in lrsearch("-h").stdout
    assert lrsearch("--version").stdout.startswith("lrsearch ")
    bare = lrsearch(code=2)
    assert "Usage: lrsearch [OPTIONS] COMMAND" in bare.stdout
    assert bare.stderr == ""
