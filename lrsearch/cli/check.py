"""The command `check`: checks a spec and prints what a search would do, without training."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from lrsearch.catalog import STRATEGIES
from lrsearch.cli.completion import word_completer
from lrsearch.cli.options import Over, PluginPaths, Sets, SpecPath, Time
from lrsearch.cli.program import ProgramOptions, takes_program
from lrsearch.cli.signature import KeyValues, takes_key_flags
from lrsearch.cli.streams import write_out
from lrsearch.wording import one_of


@takes_key_flags("check")
@takes_program
def check(
    spec: SpecPath = None,
    strategy: Annotated[
        str,
        typer.Option(
            "--strategy",
            metavar="NAME",
            help=f"The search to plan: {one_of(list(STRATEGIES))}.",
            autocompletion=word_completer(list(STRATEGIES)),
        ),
    ] = "grid",
    sets: Sets = None,
    over: Over = None,
    *,
    keys: KeyValues,
    time: Time = False,
    schema: Annotated[
        bool, typer.Option("--schema", help="Print the JSON schema of a spec, for an editor to complete.")
    ] = False,
    plugin: PluginPaths = None,
    program: ProgramOptions,
) -> None:
    """Check a spec and print the plan of its search, without training.

    Example: [bold]lrsearch check configs/mnist.yaml --time[/bold]
    """
    from lrsearch.cli.plan import print_plan
    from lrsearch.cli.plugins import load_command_plugins
    from lrsearch.cli.spec_file import read_spec

    given = program.program()
    load_command_plugins(plugin, given)
    if schema:
        from lrsearch.spec import spec_schema

        write_out(json.dumps(spec_schema(), indent=2) + "\n")
        return
    keys.check_budget(strategy)
    checked = read_spec(spec, keys, sets, over, given, minimize=program.minimize)
    print_plan(checked, strategy, time=time, program=given)
