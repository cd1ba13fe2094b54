"""Messages about `latest`: which runs cannot be read and are skipped, and which older runs are not finished."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path


def say_passed_over(refs: Sequence[str], runs_dir: Path) -> None:
    """Print to stderr which runs `latest` skips because they cannot be read.

    Args:
        refs: The runs that the user named. If `latest` is not one of them, nothing is printed.
        runs_dir: The folder of all runs.
    """
    from lrsearch.cli.output import say
    from lrsearch.store import LATEST, passed_over

    line = passed_over(runs_dir) if LATEST in refs else ""
    if line:
        say(f"! {line}")


def say_interrupted(ref: str, runs_dir: Path) -> None:
    """Print to stderr that an older run is not finished, because `resume latest` continues only the newest run.

    Args:
        ref: The run that the user named. If it is not `latest`, nothing is printed.
        runs_dir: The folder of all runs.
    """
    from lrsearch.cli.output import say
    from lrsearch.store import LATEST, list_runs, list_unfinished, run_argument
    from lrsearch.wording import counted

    runs = list_runs(runs_dir) if ref == LATEST else []
    unfinished = list_unfinished(runs_dir) if runs else []
    older = [run for run in unfinished if run != runs[-1]]
    if not older:
        return
    state = "" if runs[-1] in unfinished else ", which is finished"
    more = f" and {counted(len(older) - 1, 'older run')}" if older[1:] else ""
    say(
        f"! latest is {runs[-1].name}{state}; not finished: {older[-1].name}{more}; to continue this run: "
        f"`lrsearch resume {run_argument(older[-1].path)}`"
    )
