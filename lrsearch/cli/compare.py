"""The command `compare`: shows several runs side by side."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lrsearch.cli.completion import complete_run
from lrsearch.cli.options import Format, OutputFormat, RunsDir
from lrsearch.cli.output_file import check_output_file, write_output
from lrsearch.cli.streams import write_out
from lrsearch.errors import LrSearchError, UsageError

if TYPE_CHECKING:
    from lrsearch.reporting.compare import Difference, Side

_ENDINGS = (".html", ".svg", ".png")


def compare(
    runs: Annotated[
        list[str],
        typer.Argument(
            metavar="RUN RUN...",
            help="The names of runs, the paths of their folders, or `latest`.",
            autocompletion=complete_run,
        ),
    ],
    runs_dir: RunsDir = Path("runs"),
    out: Annotated[
        list[Path] | None,
        typer.Option(
            "--out", metavar="FILE", help="Also write the comparison to FILE.html, .svg or .png. Can be repeated."
        ),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Compare runs even if they were validated on different images.")
    ] = False,
    form: OutputFormat = Format.TABLE,
) -> None:
    """Compare runs: optimizers, models or machines, each at its own best rate.

    Example: [bold]lrsearch compare digits-grid-001 digits-bayes-001 --out comparison.html[/bold]
    """
    from lrsearch.cli.latest import say_passed_over
    from lrsearch.cli.output import make_console, say
    from lrsearch.reporting.compare import (
        difference_lines,
        find_differences,
        make_sides,
        sides_table,
        why_not_comparable,
    )
    from lrsearch.runs import load_run

    for path in out or []:
        check_output_file("--out", path, _ENDINGS)
    if len(runs) < 2:
        raise UsageError("compare needs at least two runs; `lrsearch runs` lists them")
    say_passed_over(runs, runs_dir)
    found = [load_run(run, runs_dir=runs_dir) for run in runs]
    if len({run.path.resolve() for run in found}) < len(found):
        raise UsageError(f"a run is named twice: {', '.join(run.name for run in found)}")
    sides = make_sides(found)
    doubts = why_not_comparable(sides)
    if doubts and not force:
        raise UsageError(
            *doubts,
            "scores of different metrics or on different images are not comparable; --force compares the runs anyway",
        )
    for line in doubts:
        say(f"! {line}")
    differences = find_differences(sides)
    for path in out or []:  # before the table, so that an error does not scroll out of sight
        _write(path, sides, differences, doubts)
        say(f"wrote {path}")
    if form is Format.TABLE:
        console = make_console()
        console.print(sides_table(sides))
        for line in difference_lines(differences):
            console.print(line, soft_wrap=True)
    else:
        write_out(_text(sides, differences, doubts, form))


def _text(sides: Sequence[Side], differences: Sequence[Difference], doubts: Sequence[str], form: Format) -> str:
    from lrsearch.reporting.compare import comparison_csv, comparison_json, comparison_md

    match form:
        case Format.JSON:
            return comparison_json(sides, differences, doubts)
        case Format.CSV:
            return comparison_csv(sides)
        case _:
            return comparison_md(sides, differences, doubts)


def _write(path: Path, sides: Sequence[Side], differences: Sequence[Difference], doubts: Sequence[str]) -> None:
    from lrsearch.reporting.compare import comparison_page, comparison_picture

    if path.suffix.lower() == ".html":
        contents: bytes | None = comparison_page(sides, differences, doubts).encode(errors="backslashreplace")
    else:
        contents = comparison_picture(sides, "png" if path.suffix.lower() == ".png" else "svg")
    if contents is None:
        raise LrSearchError(
            f"--out {path}: no picture was written, because every learning rate of every run failed with at least "
            "one seed"
        )
    write_output("--out", path, contents)
