"""The program `lrsearch`: registers the commands, and turns an error into a message and an exit code."""

from __future__ import annotations

import atexit
import contextlib
import gc
import sys
from pathlib import Path
from typing import Annotated

import typer

from lrsearch import __version__
from lrsearch.cli.check import check
from lrsearch.cli.compare import compare
from lrsearch.cli.guide import guide
from lrsearch.cli.init import init
from lrsearch.cli.list import list_names
from lrsearch.cli.program import split_program
from lrsearch.cli.range_test import range_test
from lrsearch.cli.resume import resume
from lrsearch.cli.runs import runs
from lrsearch.cli.schedule import schedule
from lrsearch.cli.search import SEARCHES
from lrsearch.cli.show import report, show
from lrsearch.cli.steering import drop, rm
from lrsearch.cli.streams import steady_streams, write_lines, write_out
from lrsearch.cli.train import train
from lrsearch.cli.usage import PROGRAM, usage_line
from lrsearch.errors import LrSearchError

_CANNOT_MAP = ("failed to map segment", "Cannot allocate memory", "cannot allocate memory")
"""What the loader says of a library that does not fit into the memory of a process (see `ulimit -v`)."""

app = typer.Typer(
    name=PROGRAM,
    help="Finds the learning rate at which a network trains best, and shows the evidence.",
    epilog="Start with `lrsearch grid`: the command needs no spec and no download, and takes half a minute.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    rich_markup_mode="rich",
)

for panel, commands in {
    "Search": SEARCHES,
    "Runs": (resume, train, show, report, compare, runs, drop, rm),
    "Specs": (check, init, schedule),
}.items():
    for command in commands:
        app.command(rich_help_panel=panel)(command)
app.command("range", rich_help_panel="Search")(range_test)
app.command("list", rich_help_panel="Specs")(list_names)
app.command(rich_help_panel="Manual")(guide)


def _print_version(asked: bool) -> None:
    if asked:
        write_out(f"lrsearch {__version__}\n")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


def main() -> None:
    """Run the command line. Print an error to stderr, and end the program with the error's exit code."""
    steady_streams()
    # A long log creates hundreds of thousands of records, and none of them is garbage. With Python's default of one
    # collection per 700 objects, the garbage collector takes a tenth of the time of `show`.
    gc.set_threshold(100_000)
    # Freeing all objects one by one when the process ends has no use, and takes 0.8 s with torch.
    atexit.register(gc.freeze)
    sys.exit(_run())


def _run() -> int:
    """Run the command, and return the exit code."""
    try:
        arguments, program = split_program(sys.argv[1:])
        code = app(arguments, prog_name=PROGRAM, standalone_mode=False, obj=program)
        sys.stdout.flush()  # flush here, so that an error becomes a message: Python flushes too late for that
    except LrSearchError as error:
        return _end_with(*error.lines, code=error.exit_code)
    except typer.TyperException as error:
        return _refuse(error)
    except typer.Abort:
        return _end_with("Aborted.", code=1)
    except OSError as error:
        return _end_with(_describe(error), code=4)
    except (MemoryError, ImportError) as error:
        return _end_with(_describe_memory(error), code=1)
    return code if isinstance(code, int) else 0


def _end_with(*lines: str, code: int) -> int:
    """Flush stdout, then print the lines of an error to stderr. Return the exit code."""
    with contextlib.suppress(LrSearchError):  # if the flush fails too, report only the first error
        sys.stdout.flush()
    write_lines(*lines)
    return code


def _describe(error: OSError) -> str:
    """Describe an error of the operating system that no other part of the program has handled."""
    try:
        Path.cwd()
    except OSError:
        return "the current folder was deleted; change to a folder that exists"
    reason = error.strerror or str(error)
    return f"{error.filename}: {reason}" if error.filename else f"the operating system reported: {reason}"


def _describe_memory(error: MemoryError | ImportError) -> str:
    """Describe an error of memory that no other part of the program has handled. Raise any other import error again."""
    if isinstance(error, MemoryError):
        return f"this process may use too little memory{f' ({error})' if str(error) else ''}"
    if not any(words in str(error) for words in _CANNOT_MAP):
        raise error
    reason = str(error).strip().splitlines()[-1]  # numpy adds a page of advice
    return f"this process may use too little memory to load its libraries ({reason})"


def _refuse(error: typer.TyperException) -> int:
    """Print what is wrong with the command line, and return the exit code."""
    if type(error).__name__ != "NoArgsIsHelpError":  # in that case Typer has already printed the help
        names = [command.name or getattr(command.callback, "__name__", "") for command in app.registered_commands]
        return _end_with(usage_line(error, names, sys.argv[1:]), code=error.exit_code)
    return error.exit_code
