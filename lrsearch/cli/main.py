"""The program `lrsearch`: its commands, and what becomes of an error."""

from __future__ import annotations

import atexit
import contextlib
import gc
import io
import os
import sys
from typing import Annotated, TextIO

import typer

from lrsearch import __version__
from lrsearch.cli.compare import compare
from lrsearch.cli.describe import check, init, list_names
from lrsearch.cli.guide import guide
from lrsearch.cli.options import name_flags
from lrsearch.cli.range_test import range_test
from lrsearch.cli.runs import report, resume, runs, show
from lrsearch.cli.schedule import schedule
from lrsearch.cli.search import bayes, grid, random
from lrsearch.errors import LrSearchError, SpecError

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
    "Runs": (resume, show, report, compare, runs),
    "Specs": (check, init, schedule),
}.items():
    for command in commands:
        app.command(rich_help_panel=panel)(command)
app.command("range", rich_help_panel="Search")(range_test)
app.command("list", rich_help_panel="Specs")(list_names)
app.command(rich_help_panel="Manual")(guide)


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
    _steady_streams()
    # A long log makes hundreds of thousands of records, none of them garbage: to look for it every 700 objects takes a
    # tenth of the time of `show`.
    gc.set_threshold(100_000)
    # Nor is there any use in taking apart, object by object, what ends with the process: with torch 0.8 s.
    atexit.register(gc.freeze)
    try:
        app()
    except LrSearchError as error:
        shown = name_flags(error, sys.argv[1:]) if isinstance(error, SpecError) else error
        sys.stderr.write(f"{shown}\n")
        sys.exit(error.exit_code)
    except BrokenPipeError:
        # The reader has gone (`| head`): that is no failure; keep Python from complaining when it flushes.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        sys.exit(0)
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        sys.stderr.write(f"cannot write the output: {error.strerror or error}\n")
        sys.exit(4)


def _steady_streams() -> None:
    """Streams that are there, take any character, and in the case of stderr never end a search."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name) or open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115  (open as long as the program)
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
        setattr(sys, name, stream if name == "stdout" else _Forgiving(stream))


class _Forgiving:
    """A stream whose reader may go away: progress and messages are then lost, and nothing else is."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        with contextlib.suppress(OSError):
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            self._stream.flush()

    def __getattr__(self, name: str) -> object:
        return getattr(self._stream, name)
