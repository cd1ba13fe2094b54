"""The commands that search: grid, random, bayes. One signature, three strategies."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import typer

from lrsearch.cli.options import (
    Confirm,
    Device,
    DryRun,
    Epochs,
    Extend,
    Format,
    High,
    Jobs,
    Low,
    Margin,
    MaxRepeats,
    MaxTime,
    Name,
    NoReport,
    OutputFormat,
    Over,
    Points,
    Quiet,
    RangeTestFlag,
    Refine,
    Repeats,
    RunsDir,
    Seed,
    Sets,
    SpecPath,
    TensorBoardFlag,
    Time,
    Trials,
    Verbose,
    as_sets,
    parse_duration,
)
from lrsearch.errors import UsageError


def _command(strategy: str, doc: str) -> Callable[..., None]:
    def command(
        spec: SpecPath = None,
        sets: Sets = None,
        over: Over = None,
        name: Name = None,
        runs_dir: RunsDir = Path("runs"),
        seed: Seed = None,
        device: Device = None,
        jobs: Jobs = None,
        trials: Trials = None,
        points: Points = None,
        low: Low = None,
        high: High = None,
        epochs: Epochs = None,
        repeats: Repeats = None,
        range_test: RangeTestFlag = False,
        extend: Extend = False,
        refine: Refine = None,
        confirm: Confirm = None,
        max_repeats: MaxRepeats = None,
        margin: Margin = None,
        max_time: MaxTime = None,
        form: OutputFormat = Format.TABLE,
        dry_run: DryRun = False,
        time: Time = False,
        no_report: NoReport = False,
        tensorboard: TensorBoardFlag = False,
        quiet: Quiet = False,
        verbose: Verbose = False,
    ) -> None:
        from lrsearch.cli.describe import print_plan, read_spec

        if strategy == "grid" and trials is not None:
            raise UsageError("--trials: a grid has points, not trials; use --points")
        if strategy != "grid" and points is not None:
            raise UsageError(f"--points: {strategy} has trials, not points; use --trials")
        max_seconds = None if max_time is None else parse_duration(max_time)
        changes = as_sets(
            sets,
            seed=seed,
            device=device,
            jobs=jobs,
            trials=trials,
            points=points,
            low=low,
            high=high,
            repeats=repeats,
            epochs=epochs,
            range_test="auto" if range_test else None,
            extend="true" if extend else None,
            refine=refine,
            confirm=confirm,
            max_repeats=max_repeats,
            margin=margin,
        )
        checked = read_spec(spec, changes, over)
        if dry_run or time:
            print_plan(checked, strategy, time=time)
            return
        from lrsearch.cli.running import run_and_print, search_job

        asked = ("lrsearch", *sys.argv[1:])
        job = search_job(checked, strategy, name=name, runs_dir=runs_dir, command=asked, report=not no_report)
        code = run_and_print(job, form, max_seconds=max_seconds, quiet=quiet, verbose=verbose, tensorboard=tensorboard)
        raise typer.Exit(code)

    command.__name__ = strategy
    command.__doc__ = doc
    return command


grid = _command(
    "grid",
    """Search a grid of learning rates.

    Example: [bold]lrsearch grid configs/mnist.yaml --points 9 --repeats 3[/bold]
    """,
)
random = _command(
    "random",
    """Search learning rates drawn at random.

    Example: [bold]lrsearch random configs/cifar10.yaml --trials 20 --max-time 30m[/bold]
    """,
)
bayes = _command(
    "bayes",
    """Search with Optuna's TPE: each batch of rates is proposed from the results so far.

    Example: [bold]lrsearch bayes --trials 50[/bold]
    """,
)
