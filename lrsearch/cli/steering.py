"""The commands `drop` and `rm`: leave rates out of a ranking, and remove runs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from lrsearch.cli.completion import complete_run
from lrsearch.cli.options import Format, RunRef, RunsDir


def drop(
    run: RunRef,
    rates: Annotated[
        list[float] | None, typer.Argument(metavar="LR...", help="The rates to leave out, as the table shows them.")
    ] = None,
    runs_dir: RunsDir = Path("runs"),
    *,
    undo: Annotated[
        bool, typer.Option("--undo", help="Rank the rates again; without LR, all rates that were left out.")
    ] = False,
) -> None:
    """Leave rates out of the ranking of a run. Their results stay in the log, and --undo ranks them again.

    Example: [bold]lrsearch drop latest 0.3[/bold]
    """
    from lrsearch.cli.latest import say_passed_over
    from lrsearch.cli.output import print_run
    from lrsearch.errors import UsageError
    from lrsearch.runs import read_run, write_up
    from lrsearch.runs.dropped import after_drop, write_dropped
    from lrsearch.store import find_run, hold_lock

    if not rates and not undo:
        raise UsageError("drop: name the rates to leave out, such as 0.3")
    say_passed_over([run], runs_dir)
    folder = find_run(runs_dir, run)
    with hold_lock(folder.path):
        found = read_run(folder)
        tried = sorted({result.trial.lr for result in found.results})
        write_dropped(folder.path, after_drop(found.dropped, rates or [], tried, undo=undo))
        found = read_run(folder)
        write_up(found)
    print_run(found, Format.TABLE)


def rm(
    runs: Annotated[
        list[str],
        typer.Argument(
            metavar="RUN...", help="The names of runs, or the paths of their folders.", autocompletion=complete_run
        ),
    ],
    runs_dir: RunsDir = Path("runs"),
    *,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Remove runs, with their logs, results and networks. A run in which a process still writes is not removed.

    Example: [bold]lrsearch rm digits-grid-001[/bold]
    """
    from lrsearch.cli.output import say
    from lrsearch.errors import UsageError
    from lrsearch.store import LATEST, find_run, hold_lock, shown_path
    from lrsearch.store.files import remove
    from lrsearch.wording import counted

    if LATEST in runs:
        raise UsageError("rm: give the name of the run in place of latest, so that no other run is removed by mistake")
    folders = list(dict.fromkeys(find_run(runs_dir, run).path for run in runs))
    names = ", ".join(shown_path(folder) for folder in folders)
    if not yes:
        if not sys.stdin.isatty():
            raise UsageError(f"rm: {names} would be removed; add --yes to remove without a question")
        typer.confirm(f"remove {names}?", abort=True, err=True)
    for folder in folders:
        with hold_lock(folder):
            remove(folder)
    say(f"removed {counted(len(folders), 'run')}: {names}")
