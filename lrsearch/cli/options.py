"""The options that commands share, each declared once."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from lrsearch.errors import Problem, SpecError, UsageError


class Format(StrEnum):
    """How results are printed."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"
    MD = "md"


def parse_duration(text: str) -> float:
    """Seconds in a duration such as 90, 90s, 30m, 2h or 1h30m.

    Raises:
        UsageError: Not a duration, or not above 0.

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
        help="The YAML spec; without it ./lrsearch.yaml, else the built-in digits spec.",
        show_default=False,
    ),
]
RunRef: TypeAlias = Annotated[str, typer.Argument(metavar="RUN", help="A run's name, its folder, or `latest`.")]
Sets: TypeAlias = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Change a key of the spec, e.g. train.epochs=5. Repeatable."),
]
Over: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--over",
        metavar="KEY=V1,V2",
        help="Compare values of a key, e.g. train.optimizer.name=sgd,adam: an arm for each. Repeatable.",
    ),
]
RunsDir: TypeAlias = Annotated[Path, typer.Option("--runs-dir", help="The folder of all runs.")]
Name: TypeAlias = Annotated[
    str | None, typer.Option("--name", help="The run's exact name; it must be new.", show_default=False)
]
Seed: TypeAlias = Annotated[int | None, typer.Option("--seed", help="seed: of weights, order, proposals.")]
Device: TypeAlias = Annotated[str | None, typer.Option("--device", help="run.device: auto, cpu, cuda, cuda:1, mps.")]
Jobs: TypeAlias = Annotated[str | None, typer.Option("--jobs", help="run.jobs: trainings at one time.")]
Trials: TypeAlias = Annotated[
    int | None, typer.Option("--trials", help="search.trials: learning rates in all (random, bayes).")
]
Points: TypeAlias = Annotated[int | None, typer.Option("--points", help="search.points: learning rates (grid).")]
Low: TypeAlias = Annotated[str | None, typer.Option("--low", help="search.lr.low: the lowest learning rate.")]
High: TypeAlias = Annotated[str | None, typer.Option("--high", help="search.lr.high: the highest learning rate.")]
Epochs: TypeAlias = Annotated[int | None, typer.Option("--epochs", help="train.epochs of each training.")]
Repeats: TypeAlias = Annotated[
    int | None, typer.Option("--repeats", help="search.repeats: seeds for each learning rate.")
]
RangeTestFlag: TypeAlias = Annotated[
    bool, typer.Option("--range-test", help="search.lr: auto: a range test first, then search where it points.")
]
Extend: TypeAlias = Annotated[
    bool, typer.Option("--extend", help="search.extend: go on beyond the range while the best rate lies at its end.")
]
Refine: TypeAlias = Annotated[
    int | None, typer.Option("--refine", help="search.refine: rates to add around the best, halving the spacing.")
]
Confirm: TypeAlias = Annotated[
    int | None, typer.Option("--confirm", help="search.confirm: best rates to train again, under further seeds.")
]
MaxRepeats: TypeAlias = Annotated[
    int | None, typer.Option("--max-repeats", help="search.max_repeats: most seeds of --confirm for each rate.")
]
Margin: TypeAlias = Annotated[
    float | None, typer.Option("--margin", help="search.margin: points of accuracy that do not matter to --confirm.")
]
MaxTime: TypeAlias = Annotated[
    str | None,
    typer.Option("--max-time", metavar="30m", help="Start no more trainings after so long; the run can be resumed."),
]
OutputFormat: TypeAlias = Annotated[Format, typer.Option("--format", help="How results are printed on stdout.")]
Time: TypeAlias = Annotated[
    bool, typer.Option("--time", help="With the plan: measure a few steps, and say how long it will take.")
]
DryRun: TypeAlias = Annotated[bool, typer.Option("--dry-run", help="Print the plan; train and write nothing.")]
NoReport: TypeAlias = Annotated[
    bool, typer.Option("--no-report", envvar="LRSEARCH_NO_REPORT", help="Skip the plots and the report page.")
]
TensorBoardFlag: TypeAlias = Annotated[
    bool, typer.Option("--tensorboard", help="Mirror every epoch to TensorBoard, under the run's folder.")
]
Quiet: TypeAlias = Annotated[bool, typer.Option("--quiet", "-q", help="No progress on stderr.")]
Verbose: TypeAlias = Annotated[bool, typer.Option("--verbose", "-v", help="A line for each epoch on stderr.")]


_KEYS = {
    "seed": "seed",
    "device": "run.device",
    "jobs": "run.jobs",
    "trials": "search.trials",
    "points": "search.points",
    "low": "search.lr.low",
    "high": "search.lr.high",
    "repeats": "search.repeats",
    "epochs": "train.epochs",
    "range_test": "search.lr",
    "extend": "search.extend",
    "refine": "search.refine",
    "confirm": "search.confirm",
    "max_repeats": "search.max_repeats",
    "margin": "search.margin",
}
"""The keys of a spec that have a flag of their own."""


def as_sets(sets: list[str] | None, **flags: object) -> list[str]:
    """`--set` values and the flags that stand for one, as one list; flags come last and so win.

    Args:
        sets: The values of --set.
        flags: Values by the flag's name; None where it was not given.

    Example:
        >>> as_sets(["train.epochs=3"], low="1e-4", high=None)
        ['train.epochs=3', 'search.lr.low=1e-4']
    """
    return [*(sets or []), *[f"{_KEYS[name]}={value}" for name, value in flags.items() if value is not None]]


def name_flags(error: SpecError, arguments: Sequence[str]) -> SpecError:
    """The error under the names that a person typed: a flag is a `--set` inside, and its problems would say so.

    Args:
        error: With problems whose source may be "--set".
        arguments: Of the command line.
    """
    typed = {argument.partition("=")[0] for argument in arguments}
    flags = {key: flag for name, key in _KEYS.items() if (flag := f"--{name.replace('_', '-')}") in typed}

    def named(problem: Problem) -> Problem:
        # A problem of a whole range is that of its first end.
        flag = next((flag for key, flag in flags.items() if f"{key}.".startswith(f"{problem.path}.")), None)
        return replace(problem, source=flag) if flag and problem.source == "--set" else problem

    return SpecError([named(problem) for problem in error.problems])
