"""With which code and packages a program trains."""

import subprocess
import sys

from lrsearch.command.program import Program
from lrsearch.command.provenance import provenance


def git(folder, *arguments):
    subprocess.run(
        ["git", "-C", folder, "-c", "user.name=a", "-c", "user.email=a@b", *arguments], check=True, capture_output=True
    )


def test_changes_since_the_last_commit_and_packages_are_recorded(tmp_path):
    """Outside of git, and for another program than Python, there is nothing."""
    assert provenance(Program(command=("awk", "{lr}"), folder=str(tmp_path))) == {}
    script = tmp_path / "train.py"
    script.write_text("lr = 1\n")
    git(tmp_path, "init")
    git(tmp_path, "add", "train.py")
    git(tmp_path, "commit", "-m", "first")
    python = Program(command=(sys.executable, "train.py"), folder=str(tmp_path))
    found = provenance(python)
    assert set(found) == {"packages.txt"}
    lines = found["packages.txt"].decode().splitlines()
    assert lines[0] == f"# Python {sys.version.split()[0]}"
    assert any(line.startswith("torch==") for line in lines)
    script.write_text("lr = 2\n")
    assert b"-lr = 1\n+lr = 2\n" in provenance(python)["uncommitted.diff"]
