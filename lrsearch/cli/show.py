"""The commands `show` and `report`: print the results of a run again, or write them to files again."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lrsearch.catalog import METRICS
from lrsearch.cli.completion import word_completer
from lrsearch.cli.options import Format, OutputFormat, RunRef, RunsDir


def show(
    run: RunRef = "latest",
    runs_dir: RunsDir = Path("runs"),
    form: OutputFormat = Format.TABLE,
    metric: Annotated[
        str | None,
        typer.Option(
            "--metric",
            metavar="NAME",
            help="Rank the same results by another metric, such as val_loss, or {name: x, goal: min}.",
            autocompletion=word_completer(tuple(METRICS)),
        ),
    ] = None,
) -> None:
    """Print the results of a run again.

    Example: [bold]lrsearch show latest --format csv[/bold]
    """
    from lrsearch.cli.latest import say_passed_over
    from lrsearch.cli.output import print_run
    from lrsearch.runs import load_run
    from lrsearch.runs.reranking import ranked_by
    from lrsearch.spec import parse_set

    say_passed_over([run], runs_dir)
    found = load_run(run, runs_dir=runs_dir)
    if metric is not None:
        _, value = parse_set(f"search.metric={metric}")
        found = ranked_by(found, value, "--metric")
    print_run(found, form)


def report(run: RunRef = "latest", runs_dir: RunsDir = Path("runs")) -> None:
    """Write the files of a run's results again: the report page, plots, and tables as CSV, JSON and Markdown.

    Example: [bold]lrsearch report digits-grid-001[/bold]
    """
    from lrsearch.cli.latest import say_passed_over
    from lrsearch.cli.output import say
    from lrsearch.errors import StorageError
    from lrsearch.reporting.page import write_report
    from lrsearch.reporting.terminal import written
    from lrsearch.runs import read_run, write_up
    from lrsearch.store import find_run, hold_lock, shown_path

    say_passed_over([run], runs_dir)
    folder = find_run(runs_dir, run)
    with hold_lock(folder.path):
        found = read_run(folder)
        if found.manifest.finished and not found.log:
            # Do not overwrite the tables of this run: they may be the last copy of its results.
            lost = f"{shown_path(folder.log)}: the run is finished, but its log contains no results"
            raise StorageError(f"{lost}; nothing was changed")
        for note in found.notes:
            say(f"! {note}")
        write_up(found)
        write_report(found)
    say(f"wrote {', '.join(written(found))} in {shown_path(found.path)}")
