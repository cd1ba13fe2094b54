"""Tells a command of the user that a search has ended (`--notify`)."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from contextlib import suppress
from typing import TYPE_CHECKING

from lrsearch.errors import StorageError, UsageError

if TYPE_CHECKING:
    from lrsearch.store import RunFolder

_MOST_SECONDS = 60


def parse_command(text: str) -> tuple[str, ...]:
    """Split the command of `--notify` as a shell would, and check that its program exists. No shell reads it later.

    Raises:
        UsageError: The text is no command, or there is no such program.
    """
    try:
        command = tuple(shlex.split(text))
    except ValueError as error:
        raise UsageError(f"--notify: {error}: {text}") from None
    if not command:
        raise UsageError("--notify: the command is empty")
    if shutil.which(command[0]) is None:
        raise UsageError(f"--notify: {command[0]}: no such program in the PATH")
    return command


def notify(command: tuple[str, ...], folder: RunFolder | None, code: int) -> str:
    """Run the command of the user, with the results on its standard input.

    Args:
        command: The command. Its environment has LRSEARCH_EXIT_CODE, and LRSEARCH_RUN with the run's folder.
        folder: The folder of the run; None if the search ended before the run was made. The input is then empty,
            otherwise it is the content of results.json.
        code: The exit code of lrsearch.

    Returns:
        What went wrong; "" if the command succeeded. A notification never changes the exit code.
    """
    environment = {**os.environ, "LRSEARCH_EXIT_CODE": str(code)}
    if folder is not None:
        environment["LRSEARCH_RUN"] = str(folder.path.absolute())
    body = _results(folder)
    try:
        done = subprocess.run(  # noqa: S603  (the command that the user has typed)
            command, input=body, text=True, encoding="utf-8", env=environment, timeout=_MOST_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return f"did not end within {_MOST_SECONDS} seconds"
    except OSError as error:
        return error.strerror or str(error)
    return f"ended with exit code {done.returncode}" if done.returncode else ""


def _results(folder: RunFolder | None) -> str:
    """Return the content of results.json; "" if there is no run, or if its files cannot be read."""
    from lrsearch.runs import read_run
    from lrsearch.store import results_json

    if folder is None:
        return ""
    with suppress(StorageError):
        run = read_run(folder)
        return results_json(
            run.manifest, run.spec_values, run.ranking, run.results, run.warnings, run.evidence, run.comparison
        )
    return ""
