"""The program `lrsearch`: its commands, and what becomes of an error."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from lrsearch import __version__
from lrsearch.cli.describe import check, init, list_names
from lrsearch.cli.runs import report, resume, runs, show
from lrsearch.cli.search import bayes, grid, random
from lrsearch.errors import LrSearchError

app = typer.Typer(
    name="lrsearch",
    help="Finds the learning rate at which a network trains best, and shows the evidence.",
    epilog="Start with `lrsearch grid`: it needs no spec, no download and half a minute.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    rich_markup_mode="rich",
)

for panel, commands in {
    "Search": (grid, random, bayes),
    "Runs": (resume, show, report, runs),
    "Specs": (check, init),
}.items():
    for command in commands:
        app.command(rich_help_panel=panel)(command)
app.command("list", rich_help_panel="Specs")(list_names)


def _print_version(asked: bool) -> None:
    if asked:
        sys.stdout.write(f"lrsearch {__version__}\n")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


def main() -> None:
    """Run the command line; an error for people is printed, each line to stderr, and ends with its exit code."""
    try:
        app()
    except LrSearchError as error:
        _say(str(error))
        sys.exit(error.exit_code)
    except BrokenPipeError:
        # The reader has gone (`| head`): that is no failure; keep Python from complaining when it flushes.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)


def _say(text: str) -> None:
    try:
        sys.stderr.write(text + "\n")
    except OSError:
        return  # stderr is closed: the exit code has to do
