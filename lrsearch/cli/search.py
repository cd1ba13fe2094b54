"""The commands that search learning rates: `_command` creates one for each strategy, such as `grid`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import typer

from lrsearch.catalog import STRATEGIES, StrategyEntry
from lrsearch.cli.options import (
    DryRun,
    FailBelow,
    Format,
    Live,
    MaxTime,
    Name,
    NoReport,
    Notify,
    OutputFormat,
    Over,
    PluginPaths,
    Quiet,
    RunsDir,
    Sets,
    SpecPath,
    TensorBoardFlag,
    Time,
    Verbose,
)
from lrsearch.cli.program import ProgramOptions, takes_program
from lrsearch.cli.run_options import make_run_options
from lrsearch.cli.signature import KeyValues, takes_key_flags


def _command(strategy: StrategyEntry) -> Callable[..., None]:
    @takes_key_flags(strategy.name)
    @takes_program
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
        live: Live = False,
        fail_below: FailBelow = None,
        notify: Notify = None,
        quiet: Quiet = False,
        verbose: Verbose = False,
        plugin: PluginPaths = None,
        program: ProgramOptions,
    ) -> None:
        from lrsearch.cli.plan import print_plan
        from lrsearch.cli.plugins import load_command_plugins
        from lrsearch.cli.spec_file import read_spec

        options = make_run_options(
            form, max_time, fail_below, notify, quiet=quiet, verbose=verbose, tensorboard=tensorboard, live=live
        )
        given = program.program()
        load_command_plugins(plugin, given)
        checked = read_spec(spec, keys, sets, over, given, minimize=program.minimize)
        if dry_run or time:
            print_plan(checked, strategy.name, time=time, program=given)
            return
        from lrsearch.cli.running import run_and_print, search_job

        typed = ("lrsearch", *sys.argv[1:])
        job = search_job(
            checked,
            strategy.name,
            name=name,
            runs_dir=runs_dir,
            program=given,
            started_by=typed,
            report=not no_report,
        )
        raise typer.Exit(run_and_print(job, options))

    command.__name__ = strategy.name
    command.__doc__ = f"{strategy.about}\n\nExample: [bold]{strategy.example}[/bold]"
    return command


SEARCHES = tuple(map(_command, STRATEGIES.values()))
"""One command for each strategy, in the order of the help."""
