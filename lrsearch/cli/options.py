"""The arguments and options that several commands share. Flags that set one key of the spec are in `flags`."""

from __future__ import annotations

import math
import re
from enum import StrEnum
from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from lrsearch.cli.completion import complete_plugin, complete_run, complete_setting, complete_spec
from lrsearch.errors import UsageError


class Format(StrEnum):
    """The formats in which results are printed."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"
    MD = "md"


def parse_duration(text: str) -> float:
    """Parse a duration such as 90, 90s, 30m, 2h or 1h30m.

    Returns:
        The duration in seconds, > 0.

    Raises:
        UsageError: The text is not a duration, or the duration is 0.

    Example:
        >>> [parse_duration(text) for text in ("90", "30m", "1h30m", "1.5s")]
        [90.0, 1800.0, 5400.0, 1.5]
    """
    number = r"(\d+(?:\.\d+)?)"
    match = re.fullmatch(rf"(?:{number}h)?(?:{number}m)?(?:{number}s?)?", text.strip())
    hours, minutes, seconds = (float(part or 0) for part in match.groups()) if match else (0.0, 0.0, 0.0)
    total = hours * 3600 + minutes * 60 + seconds
    if total <= 0:
        raise UsageError(f"--max-time: expected a duration such as 90s, 30m or 1h30m, got '{text}'")
    return total


SpecPath: TypeAlias = Annotated[
    Path | None,
    typer.Argument(
        metavar="SPEC",
        help="The YAML spec. The default is ./lrsearch.yaml, or the built-in digits spec if that file does not exist.",
        show_default=False,
        autocompletion=complete_spec,
    ),
]
RunRef: TypeAlias = Annotated[
    str,
    typer.Argument(
        metavar="RUN", help="The name of a run, the path of its folder, or `latest`.", autocompletion=complete_run
    ),
]
Sets: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="KEY=VALUE",
        help="Change a key of the spec, e.g. train.warmup=0.1. You can repeat this option.",
        autocompletion=complete_setting,
    ),
]
Over: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--over",
        metavar="KEY=V1,V2",
        help="Compare values of a key, e.g. train.optimizer.name=sgd,adam, with one search (arm) for each. You can "
        "repeat this option.",
        autocompletion=complete_setting,
    ),
]
PluginPaths: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--plugin",
        metavar="FILE.py",
        help="A Python file with networks, data sets and the like that the spec may name; see `lrsearch guide "
        "plugins`. You can repeat this option.",
        autocompletion=complete_plugin,
    ),
]


def _check_finite(value: float | None) -> float | None:
    """Raise an error for a bound that no score can be compared with."""
    if value is not None and not math.isfinite(value):
        raise UsageError(f"--fail-below: must be finite, got {value:g}")
    return value


RunsDir: TypeAlias = Annotated[Path, typer.Option("--runs-dir", help="The folder that holds all runs.")]
Name: TypeAlias = Annotated[
    str | None,
    typer.Option("--name", help="The name of the new run. No other run may have the same name.", show_default=False),
]
MaxTime: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--max-time", metavar="30m", help="Start no more trainings after this time; `resume` continues the search."
    ),
]
FailBelow: TypeAlias = Annotated[
    float | None,
    typer.Option(
        "--fail-below",
        callback=_check_finite,
        metavar="SCORE",
        help="Exit with 1 if the expected score is worse than this, as a check in CI. After `train`: the test score.",
    ),
]
Live: TypeAlias = Annotated[
    bool,
    typer.Option("--live", help="Write report.html every few seconds; a browser that shows the page loads it again."),
]
Notify: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--notify",
        metavar="CMD",
        help="Run this command at the end, also after a failure, with results.json on its standard input.",
    ),
]
OutputFormat: TypeAlias = Annotated[Format, typer.Option("--format", help="The format of the results on stdout.")]
Time: TypeAlias = Annotated[
    bool,
    typer.Option("--time", help="Print the plan, and measure a few steps to estimate how long the search will take."),
]
DryRun: TypeAlias = Annotated[bool, typer.Option("--dry-run", help="Print the plan. Do not train, and write no files.")]
NoReport: TypeAlias = Annotated[
    bool, typer.Option("--no-report", envvar="LRSEARCH_NO_REPORT", help="Do not write the plots and the report page.")
]
TensorBoardFlag: TypeAlias = Annotated[
    bool,
    typer.Option("--tensorboard", help="Also write the results of every epoch for TensorBoard, into the run's folder."),
]
Quiet: TypeAlias = Annotated[bool, typer.Option("--quiet", "-q", help="Do not print progress on stderr.")]
Verbose: TypeAlias = Annotated[bool, typer.Option("--verbose", "-v", help="Print a line for each epoch on stderr.")]
