"""The command `range`: runs a learning-rate range test, which suggests where to search."""

from __future__ import annotations

import signal
from collections.abc import Mapping, Sequence
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lrsearch.cli.options import Name, NoReport, PluginPaths, Quiet, RunsDir, Sets, SpecPath
from lrsearch.cli.output_file import cannot_write, check_output_file, write_output
from lrsearch.cli.signature import KeyValues, takes_key_flags
from lrsearch.cli.streams import write_out
from lrsearch.errors import UsageError

if TYPE_CHECKING:
    from lrsearch.analysis.range import Finding
    from lrsearch.range_test import RangeTest
    from lrsearch.spec import Spec


class RangeFormat(StrEnum):
    """The formats in which a range test is printed."""

    TABLE = "table"
    JSON = "json"


class Scale(StrEnum):
    """The scales on which the learning rate can rise in a ramp."""

    LOG = "log"
    LINEAR = "linear"


@takes_key_flags("range")
def range_test(
    spec: SpecPath = None,
    sets: Sets = None,
    low: Annotated[float, typer.Option("--low", help="The learning rate at the first step of the ramp.")] = 1e-7,
    high: Annotated[float, typer.Option("--high", help="The learning rate at the last step of the ramp.")] = 10.0,
    steps: Annotated[int, typer.Option("--steps", help="Number of steps of the ramp, one batch each.")] = 150,
    scale: Annotated[Scale, typer.Option("--scale", help="The scale on which the learning rate rises.")] = Scale.LOG,
    seeds: Annotated[int, typer.Option("--seeds", help="Number of ramps, each with its own weights and batches.")] = 5,
    name: Name = None,
    runs_dir: RunsDir = Path("runs"),
    *,
    keys: KeyValues,
    write: Annotated[
        Path | None,
        typer.Option("--write", metavar="FILE", help="Write a copy of the spec with the range that was found."),
    ] = None,
    form: Annotated[
        RangeFormat, typer.Option("--format", help="The format of the answer on stdout.")
    ] = RangeFormat.TABLE,
    no_report: NoReport = False,
    quiet: Quiet = False,
    plugin: PluginPaths = None,
) -> None:
    """Find the range to search: raise the rate step by step (a ramp), then train briefly at the rates that look best.

    Example: [bold]lrsearch range configs/mnist.yaml --write found.yaml[/bold]
    """
    from lrsearch.analysis.range import Ramp
    from lrsearch.cli.output import say
    from lrsearch.cli.plugins import load_command_plugins
    from lrsearch.cli.spec_file import read_spec
    from lrsearch.range_test import Interrupted, RangeOptions, check_options

    options = RangeOptions(Ramp(low, high, steps, scale.value), seeds)
    check_options(options)
    load_command_plugins(plugin)
    checked = read_spec(spec, keys, sets)
    if write is not None:
        _claim(write)
    from lrsearch.executors import StopSwitch
    from lrsearch.interfaces import Limits, Listener
    from lrsearch.range_test import RangeProgress, run_range
    from lrsearch.store import RANGE_FILE

    stop, searched = StopSwitch(), None
    try:
        with stop.on_signals(), RangeProgress(quiet=quiet) as progress:
            listener = Listener(saw=progress.saw, download=progress.download)
            done = run_range(
                checked,
                options,
                name=name,
                runs_dir=runs_dir,
                limits=Limits(stop=stop),
                listener=listener,
                report=not no_report,
            )
            searched = done.searched
    except (KeyboardInterrupt, Interrupted):
        say("stopped; nothing was written")
        raise typer.Exit(128 + (stop.signal_number or signal.SIGINT)) from None
    finally:
        if write is not None:
            _write(searched, write)
    if form is RangeFormat.JSON:
        write_out((done.path / RANGE_FILE).read_text(encoding="utf-8"))
    else:
        _print_findings(done.findings)
        _print_end(done, write, plugin or ())
    if write is not None:
        say(f"wrote {write}" if searched else f"{write} was not written, because no range was found")
    raise typer.Exit(0 if searched else 1)


def _print_findings(findings: Mapping[str, Finding]) -> None:
    """Print the plot, the table, the answer, and the lines to paste into a spec, for each arm."""
    from lrsearch.cli.output import make_console
    from lrsearch.range_test import answer_line, block_lines, draw_range, suggestion_table

    console = make_console()
    for arm, finding in findings.items():
        if arm:
            console.print(f"arm {arm}", soft_wrap=True)
        console.print(*draw_range(finding, max(console.width, 40)), sep="\n", end="\n\n")
        if finding.suggestion is not None:  # on a flat curve, every method would report noise
            console.print(suggestion_table(finding))
        console.print(answer_line(finding), soft_wrap=True)
        if (found := finding.suggestion) is not None:
            console.print(*block_lines(found, arm), sep="\n", soft_wrap=True)
        console.print()


def _print_end(done: RangeTest, write: Path | None, plugins: Sequence[str]) -> None:
    """Print the names of the written files, and the command to run next."""
    from lrsearch.cli.output import make_console
    from lrsearch.range_test import FOUND_SPEC
    from lrsearch.store import file_argument, shown_path

    console, shown = make_console(), shown_path(done.path)
    console.print(f"{shown}: {', '.join(sorted(path.name for path in done.path.iterdir()))}", soft_wrap=True)
    if done.searched is not None:
        options = "".join(f" --plugin {file_argument(file)}" for file in plugins)
        found = file_argument(write or f"{shown}/{FOUND_SPEC}")
        console.print(f"next: lrsearch grid {found}{options}", soft_wrap=True)


def _claim(path: Path) -> None:
    """Create the output file before the test begins, so that the user sees an error before the long wait."""
    check_output_file("--write", path)
    try:
        path.touch(exist_ok=False)
    except FileExistsError:
        raise UsageError(f"--write: {path} exists; name another file") from None
    except OSError as error:
        raise cannot_write("--write", path, error) from None


def _write(spec: Spec | None, path: Path) -> None:
    """Write the spec into the output file. Remove the file if no range was found, or if writing fails."""
    from lrsearch.spec import spec_yaml

    is_written = False
    try:
        if spec is not None:
            write_output("--write", path, spec_yaml(spec).encode())
            is_written = True
    finally:
        if not is_written:
            with suppress(OSError):
                path.unlink(missing_ok=True)
