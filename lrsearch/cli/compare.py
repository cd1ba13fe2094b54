"""The command that lays runs side by side."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lrsearch.cli.options import Format, OutputFormat, RunsDir
from lrsearch.errors import LrSearchError, UsageError

if TYPE_CHECKING:
    from lrsearch.report.compare import Difference, Side

_FORMS = (".html", ".svg", ".png")


def compare(
    runs: Annotated[list[str], typer.Argument(metavar="RUN RUN...", help="Folders, names, or 'latest'.")],
    runs_dir: RunsDir = Path("runs"),
    out: Annotated[
        list[Path] | None,
        typer.Option("--out", metavar="FILE", help="Write it too: FILE.html, .svg or .png; may be repeated."),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Compare runs on other data or another split all the same.")
    ] = False,
    form: OutputFormat = Format.TABLE,
) -> None:
    """Lay runs side by side: optimizers, models or machines, each at its own best rate.

    Example: [bold]lrsearch compare digits-grid-001 digits-bayes-001 --out comparison.html[/bold]
    """
    from lrsearch.cli.output import make_console, say
    from lrsearch.report.compare import difference_lines, find_differences, make_sides, sides_table, why_not_comparable
    from lrsearch.runs import load_run

    _check_files(out or [])
    if len(runs) < 2:
        raise UsageError("compare needs two runs at least; `lrsearch runs` lists them")
    found = [load_run(run, runs_dir=runs_dir) for run in runs]
    if len({run.path.resolve() for run in found}) < len(found):
        raise UsageError(f"one run is named twice: {', '.join(run.name for run in found)}")
    sides = make_sides(found)
    doubts = why_not_comparable(sides)
    if doubts and not force:
        raise UsageError(
            "\n".join([*doubts, "accuracies on other images do not compare; --force does it all the same"])
        )
    for line in doubts:
        say(f"! {line}")
    differences = find_differences(sides)
    for path in out or []:  # first, so that what cannot be written is said before a table scrolls by
        _write(path, sides, differences, doubts)
        say(f"wrote {path}")
    if form is Format.TABLE:
        console = make_console()
        console.print(sides_table(sides))
        for line in difference_lines(differences):
            console.print(line, soft_wrap=True)
    else:
        sys.stdout.write(_text(sides, differences, doubts, form))


def _check_files(paths: Sequence[Path]) -> None:
    """Refuse what cannot be written, before anything is read."""
    for path in paths:
        if path.suffix.lower() not in _FORMS:
            raise UsageError(f"--out {path}: the name must end in {', '.join(_FORMS)}")
        if not path.parent.is_dir():
            raise UsageError(f"--out: no such folder '{path.parent}'")


def _text(sides: Sequence[Side], differences: Sequence[Difference], doubts: Sequence[str], form: Format) -> str:
    from lrsearch.report.compare import comparison_csv, comparison_json, comparison_md

    match form:
        case Format.JSON:
            return comparison_json(sides, differences, doubts)
        case Format.CSV:
            return comparison_csv(sides)
        case _:
            return comparison_md(sides, differences, doubts)


def _write(path: Path, sides: Sequence[Side], differences: Sequence[Difference], doubts: Sequence[str]) -> None:
    from lrsearch.report.compare import comparison_page, comparison_picture
    from lrsearch.store.files import replace_file

    if path.suffix.lower() == ".html":
        contents: bytes | None = comparison_page(sides, differences, doubts).encode(errors="backslashreplace")
    else:
        contents = comparison_picture(sides, "png" if path.suffix.lower() == ".png" else "svg")
    if contents is None:
        raise LrSearchError(f"--out {path}: no rate of any run trained with every seed: there is nothing to draw")
    replace_file(path, contents)
