"""Where words go: results to stdout, all else to stderr."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

from rich.console import Console

from lrsearch.cli.options import Format
from lrsearch.report.terminal import arms_table, draw_accuracy, footer_lines, next_command, ranked_table
from lrsearch.runs import Run
from lrsearch.spec import spec_values
from lrsearch.store import results_csv, results_json, results_md

PIPE_WIDTH = 120
"""Columns where stdout is no terminal: enough for a whole row of the table."""


class _Console(Console):
    def on_broken_pipe(self) -> None:
        """Leave it to `main`: rich would end the program with exit code 1."""
        raise BrokenPipeError


def make_console(*, stderr: bool = False) -> Console:
    """A console that prints text as it is: no markup, no highlighting, no emoji in what comes from outside."""
    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() else PIPE_WIDTH
    return _Console(stderr=stderr, highlight=False, markup=False, emoji=False, width=width, soft_wrap=False)


def say(text: str) -> None:
    """Print a line to stderr."""
    make_console(stderr=True).print(text, soft_wrap=True)


def print_run(run: Run, form: Format) -> None:
    """Print a run's results to stdout."""
    if form is Format.TABLE:
        console = make_console()
        if run.spec.arms and run.ranking.rows:
            console.print(arms_table(run.ranking, console.width))
        console.print(ranked_table(run.ranking, console.width))
        if run.best is not None and run.best_evidence is not None:
            rows = run.ranking.of_arm(run.best.arm)
            console.print(*draw_accuracy(rows, run.best_evidence, console.width), sep="\n", end="\n\n")
        for line in footer_lines(run, shown_path(run.path)):
            console.print(line, soft_wrap=True)
        console.print(f"next: {next_command(run, run_argument(run))}", soft_wrap=True)
        return
    values = spec_values(run.spec)
    match form:
        case Format.JSON:
            text = results_json(run.manifest, values, run.ranking, run.results, run.warnings, run.evidence)
        case Format.CSV:
            text = results_csv(run.ranking)
        case Format.MD:
            text = results_md(run.manifest, values, run.ranking, run.warnings, run.evidence)
    sys.stdout.write(text)


def shown_path(path: Path) -> str:
    """A path as a person would type it here."""
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def run_argument(run: Run) -> str:
    """What names a run to `lrsearch resume`: its name under ./runs, else its folder."""
    return shlex.quote(run.name if run.path.parent == Path("runs") else shown_path(run.path))
