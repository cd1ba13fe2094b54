"""The commands about runs that are there: resume, show, report, runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lrsearch.cli.options import (
    Confirm,
    Extend,
    Format,
    Margin,
    MaxRepeats,
    MaxTime,
    NoReport,
    OutputFormat,
    Points,
    Quiet,
    Refine,
    Repeats,
    RunRef,
    RunsDir,
    TensorBoardFlag,
    Trials,
    Verbose,
    parse_duration,
)


def resume(
    run: RunRef,
    spec: Annotated[
        Path | None,
        typer.Argument(
            metavar="SPEC", help="The spec as it stands now; only a larger budget may differ.", show_default=False
        ),
    ] = None,
    runs_dir: RunsDir = Path("runs"),
    trials: Trials = None,
    points: Points = None,
    repeats: Repeats = None,
    extend: Extend = False,
    refine: Refine = None,
    confirm: Confirm = None,
    max_repeats: MaxRepeats = None,
    margin: Margin = None,
    max_time: MaxTime = None,
    form: OutputFormat = Format.TABLE,
    no_report: NoReport = False,
    tensorboard: TensorBoardFlag = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Go on with an interrupted run, or enlarge the budget of a finished one.

    Example: [bold]lrsearch resume latest --trials 80[/bold]
    """
    from lrsearch.cli.running import resume_job, run_and_print
    from lrsearch.spec import load_spec

    budget = {
        "search.trials": trials,
        "search.points": points,
        "search.repeats": repeats,
        "search.extend": extend or None,
        "search.refine": refine,
        "search.confirm": confirm,
        "search.max_repeats": max_repeats,
        "search.margin": margin,
    }
    changes: dict[str, object] = {key: value for key, value in budget.items() if value is not None}
    max_seconds = None if max_time is None else parse_duration(max_time)
    given = None if spec is None else load_spec(spec)
    job = resume_job(run, spec=given, changes=changes, runs_dir=runs_dir, report=not no_report)
    code = run_and_print(job, form, max_seconds=max_seconds, quiet=quiet, verbose=verbose, tensorboard=tensorboard)
    raise typer.Exit(code)


def show(run: RunRef = "latest", runs_dir: RunsDir = Path("runs"), form: OutputFormat = Format.TABLE) -> None:
    """Print the results of a run again.

    Example: [bold]lrsearch show latest --format csv[/bold]
    """
    from lrsearch.cli.output import print_run
    from lrsearch.runs import load_run

    print_run(load_run(run, runs_dir=runs_dir), form)


def report(run: RunRef = "latest", runs_dir: RunsDir = Path("runs")) -> None:
    """Write what is derived from a run's log again: report, plots, and tables as CSV, JSON and Markdown.

    Example: [bold]lrsearch report digits-grid-001[/bold]
    """
    from lrsearch.cli.output import say, shown_path
    from lrsearch.errors import StorageError
    from lrsearch.report.page import write_report
    from lrsearch.report.terminal import written
    from lrsearch.runs import read_run, write_up
    from lrsearch.store import find_run, hold_lock

    folder = find_run(runs_dir, run)
    with hold_lock(folder.path):
        found = read_run(folder)
        if found.manifest.finished and not found.log:
            raise StorageError(f"{shown_path(folder.log)}: has no results left of a finished run; nothing was changed")
        for note in found.notes:
            say(f"! {note}")
        write_up(found)
        write_report(found)
    say(f"wrote {', '.join(written(found))} in {shown_path(found.path)}")


def runs(runs_dir: RunsDir = Path("runs")) -> None:
    """List the runs, newest last, and behind them the range tests.

    Example: [bold]lrsearch runs[/bold]
    """
    from rich import box
    from rich.table import Table
    from rich.text import Text

    from lrsearch.cli.output import make_console, say
    from lrsearch.errors import LrSearchError
    from lrsearch.range_test import list_range_tests
    from lrsearch.runs import read_run
    from lrsearch.store import list_runs

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in ("run", "strategy", "started (UTC)", "trials", "best lr", "val accuracy", "state"):
        table.add_column(column)
    for folder in list_runs(runs_dir):
        try:
            run = read_run(folder)
        except LrSearchError as error:
            table.add_row(Text(folder.name), "", "", "", "", "", Text(f"cannot be read: {error}"))
            continue
        manifest, best = run.manifest, run.best
        done, planned = len(run.results), manifest.n_trials
        table.add_row(
            Text(run.name),
            manifest.strategy,
            manifest.created[:16].replace("T", " "),
            f"{done}" if planned is None or done > planned else f"{done}/{planned}",  # more may follow a search
            "-" if best is None else f"{best.lr:.2e}{f' ({best.arm})' if best.arm else ''}",
            "-" if best is None or best.val_accuracy is None else f"{best.val_accuracy:.3f}",
            "finished" if run.finished else "not finished",
        )
    for test in list_range_tests(runs_dir):
        found = [f"{lr:.2e}{f' ({arm})' if arm else ''}" for arm, lr in test.suggestions.items() if lr]
        state = "finished" if found else "cannot tell" if test.suggestions else "cannot be read"
        created = test.created[:16].replace("T", " ")
        table.add_row(Text(test.name), "range", created, "", Text(", ".join(found) or "-"), "", state)
    if not table.row_count:
        say(f"no runs under {runs_dir}/ yet; `lrsearch grid` makes one")
        return
    make_console().print(table)
