"""Records with which code and which packages a program trains, as files of the run folder."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

from lrsearch.command.program import Program

DIFF, PACKAGES = "uncommitted.diff", "packages.txt"
"""The changes of the working folder since its last commit, and the packages of the program's Python."""

_MOST_BYTES = 1 << 20
_SECONDS = 20
_PYTHON = re.compile(r"python(\d+(\.\d+)?)?(\.exe)?")
_LIST_PACKAGES = """
import importlib.metadata as metadata, sys
lines = sorted({f"{each.metadata['Name']}=={each.version}" for each in metadata.distributions()})
sys.stdout.writelines(f"{line}\\n" for line in ["# Python " + sys.version.split()[0], *lines])
"""


def provenance(program: Program) -> dict[str, bytes]:
    """Return the files that tell with which code and packages a program trains, by name.

    Args:
        program: The program. Git is asked about the program's folder. If the command begins with a Python, this Python
            is asked about the installed packages. Files that cannot be made within seconds are left out.
    """
    found: dict[str, bytes] = {}
    if program.objective is not None:
        return found
    if changes := _output(["git", "-C", program.folder, "diff", "--no-color", "--no-ext-diff", "HEAD"], program.folder):
        found[DIFF] = changes
    first = program.command[0]
    if _PYTHON.fullmatch(Path(first).name) and (listed := _output([first, "-c", _LIST_PACKAGES], program.folder)):
        found[PACKAGES] = listed
    return found


def _output(command: Sequence[str], folder: str) -> bytes:
    """Return what a command prints, at most a megabyte; nothing if it fails."""
    try:
        done = subprocess.run(  # noqa: S603  (git, or the interpreter that the user's command begins with)
            command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, timeout=_SECONDS, check=False
        )
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return b""
    return done.stdout[:_MOST_BYTES] if done.returncode == 0 else b""
