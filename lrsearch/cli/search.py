"""The commands `grid`, `random` and `bayes`: they search learning rates. `_command` creates all three."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import typer

from lrsearch.cli.options import (
    DryRun,
    Format,
    MaxTime,
    Name,
    NoReport,
    OutputFormat,
    Over,
    Quiet,
    RunsDir,
    Sets,
    SpecPath,
    TensorBoardFlag,
    Time,
    Verbose,
    parse_duration,
)
from lrsearch.cli.signature import KeyValues, takes_key_flags
from lrsearch.errors import UsageError


def _command(strategy: str, doc: str) -> Callable[..., None]:
    @takes_key_flags(strategy)
    def command(
        spec: SpecPath = None,
        sets: Sets = None,
        over: Over = None,
        name: Name = None,
        runs_dir: RunsDir = Path("runs"),
        *,
        keys: KeyValues,
        max_time: MaxTime = None,
        form: OutputFormat = Format.TABLE,
        dry_run: DryRun = False,
        time: Time = False,
        no_report: NoReport = False,
        tensorboard: TensorBoardFlag = False,
        quiet: Quiet = False,
        verbose: Verbose = False,
    ) -> None:
        from lrsearch.cli.plan import print_plan
        from lrsearch.cli.spec_file import read_spec

        _check_budget(strategy, keys)
        max_seconds = None if max_time is None else parse_duration(max_time)
        checked = read_spec(spec, keys, sets, over)
        if dry_run or time:
            print_plan(checked, strategy, time=time)
            return
        from lrsearch.cli.running import run_and_print, search_job

        typed = ("lrsearch", *sys.argv[1:])
        job = search_job(checked, strategy, name=name, runs_dir=runs_dir, command=typed, report=not no_report)
        code = run_and_print(job, form, max_seconds=max_seconds, quiet=quiet, verbose=verbose, tensorboard=tensorboard)
        raise typer.Exit(code)

    command.__name__ = strategy
    command.__doc__ = doc
    return command


def _check_budget(strategy: str, keys: KeyValues) -> None:
    """Raise an error if the budget flag of another strategy was given. The flag would have no effect."""
    given = keys.changes()
    if strategy == "grid" and "search.trials" in given:
        raise UsageError("--trials: only for random and bayes; for a grid, set the number of rates with --points")
    if strategy != "grid" and "search.points" in given:
        raise UsageError(f"--points: only for grid; for {strategy}, set the number of rates with --trials")


grid = _command(
    "grid",
    """Search a grid of learning rates.

    Example: [bold]lrsearch grid configs/mnist.yaml --points 9 --repeats 3[/bold]
    """,
)
random = _command(
    "random",
    """Search learning rates drawn at random.

    Example: [bold]lrsearch random --data cifar10 --model resnet18 --trials 20 --max-time 30m[/bold]
    """,
)
bayes = _command(
    "bayes",
    """Search with Optuna's TPE, which proposes each batch of rates from the results so far.

    Example: [bold]lrsearch bayes --optimizer adam --trials 50[/bold]
    """,
)
