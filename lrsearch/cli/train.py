"""The command `train`: trains the network to keep, at the rate that a search recommends, and tests it once."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from lrsearch.cli.completion import complete_run
from lrsearch.cli.options import (
    FailBelow,
    Format,
    MaxTime,
    Name,
    Notify,
    OutputFormat,
    PluginPaths,
    Quiet,
    RunsDir,
    Sets,
    Verbose,
)
from lrsearch.cli.run_options import make_run_options

_SPEC_ENDINGS = (".yaml", ".yml")


def train(
    source: Annotated[
        str,
        typer.Argument(
            metavar="RUN|SPEC",
            help="The search whose recommended rate is trained: its name, the path of its folder, or `latest`. Or a "
            "YAML spec, with --lr.",
            autocompletion=complete_run,
        ),
    ] = "latest",
    lr: Annotated[
        float | None, typer.Option("--lr", help="The learning rate; the default is the recommended rate.")
    ] = None,
    epochs: Annotated[
        int | None, typer.Option("--epochs", min=1, help="Number of epochs; the default is that of the search.")
    ] = None,
    seeds: Annotated[
        int, typer.Option("--seeds", min=1, max=100, help="Number of networks to train, each with its own seed.")
    ] = 1,
    sets: Sets = None,
    name: Name = None,
    runs_dir: RunsDir = Path("runs"),
    *,
    trust: Annotated[
        bool,
        typer.Option(
            "--trust", help="Run the recorded program or plugin although you have not used it on this machine."
        ),
    ] = False,
    accept_changes: Annotated[
        bool, typer.Option("--accept-changes", help="Go on although the program's command or files have changed.")
    ] = False,
    with_validation: Annotated[
        bool, typer.Option("--with-validation", help="Train on the validation examples too.")
    ] = False,
    plugin: PluginPaths = None,
    max_time: MaxTime = None,
    form: OutputFormat = Format.TABLE,
    fail_below: FailBelow = None,
    notify: Notify = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Train the network to keep at the recommended rate, test it once, and write its weights.

    The test score stands beside the score that the search expects. The new folder holds the weights (safetensors),
    model.py (the network in plain torch) and card.md. `lrsearch resume` continues an interrupted training.

    Example: [bold]lrsearch train latest --seeds 3[/bold]
    """
    from lrsearch.cli.latest import say_passed_over
    from lrsearch.cli.plugins import load_command_plugins
    from lrsearch.cli.running import run_and_print
    from lrsearch.runs import run_training
    from lrsearch.spec import dotted, parse_set
    from lrsearch.store import RunFolder, is_run

    options = make_run_options(form, max_time, fail_below, notify, quiet=quiet, verbose=verbose)
    is_spec = source.endswith(_SPEC_ENDINGS) and not any(
        is_run(RunFolder(at)) for at in (runs_dir / source, Path(source))
    )
    if is_spec:
        load_command_plugins(plugin)
    if not is_spec:
        say_passed_over([source], runs_dir)
    changes = {dotted(path): value for path, value in map(parse_set, sets or [])}
    code = run_and_print(
        lambda limits, listener: run_training(
            None if is_spec else source,
            spec=Path(source) if is_spec else None,
            changes=changes,
            lr=lr,
            epochs=epochs,
            seeds=seeds,
            with_validation=with_validation,
            trust=trust,
            accept_changes=accept_changes,
            plugins=plugin or (),
            name=name,
            runs_dir=runs_dir,
            limits=limits,
            listener=listener,
            started_by=("lrsearch", *sys.argv[1:]),
        ),
        options,
    )
    raise typer.Exit(code)
