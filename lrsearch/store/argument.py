"""Names runs and folders in a command, so that the command finds them when somebody copies it into a shell."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

RUNS_DIR = Path("runs")
"""The folder in which a command looks for a run, unless `--runs-dir` names another one."""


def shown_path(path: Path) -> str:
    """Return a path relative to the current folder, or unchanged if it lies outside that folder."""
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except (OSError, ValueError):
        return str(path)


def run_argument(path: Path) -> str:
    """Write the argument that names a run on the command line, quoted for a shell.

    Args:
        path: The folder of the run.

    Returns:
        The run's name if the folder is in ./runs, otherwise its path.

    Example:
        >>> run_argument(Path("runs/a")), run_argument(Path("/of others/a")), run_argument(Path("a"))
        ('a', "'/of others/a'", './a')
    """
    if path.parent == RUNS_DIR:
        return shlex.quote(path.name)
    shown = shown_path(path)
    # A bare name would be looked for in ./runs, and a dash would begin an option.
    is_bare = (os.sep not in shown and shown != os.curdir) or shown.startswith("-")
    return shlex.quote(f".{os.sep}{shown}" if is_bare else shown)


def file_argument(path: Path | str) -> str:
    """Write the argument that names a file on the command line, quoted for a shell.

    Example:
        >>> file_argument("a b.yaml"), file_argument("-x.yaml")
        ("'a b.yaml'", './-x.yaml')
    """
    shown = str(path)
    return shlex.quote(f".{os.sep}{shown}" if shown.startswith("-") else shown)


def enter_folder(folder: str) -> str:
    """Write the command that enters a folder, to stand before another one; "" if it is the current folder.

    Example:
        >>> enter_folder("/of others"), enter_folder(str(Path.cwd()))
        ("cd '/of others' && ", '')
    """
    return "" if not folder or Path(folder) == Path.cwd() else f"cd {file_argument(folder)} && "


def runs_dir_option(runs_dir: Path) -> str:
    """Write the option that names a folder of runs, after a space; "" for ./runs.

    Example:
        >>> runs_dir_option(Path("my runs")), runs_dir_option(Path("runs"))
        (" --runs-dir 'my runs'", '')
    """
    return "" if runs_dir == RUNS_DIR else f" --runs-dir {file_argument(runs_dir)}"
