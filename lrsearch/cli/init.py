"""The command `init`: writes a commented spec to start from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lrsearch.cli.output_file import cannot_write, write_output
from lrsearch.cli.spec_file import DEFAULT_SPEC
from lrsearch.errors import UsageError

EXAMPLE = Path("my_plugin.py")
"""The file that --plugin writes if no other file is named."""


def init(
    file: Annotated[
        Path | None,
        typer.Argument(
            metavar="FILE",
            help=f"The file to write; the default is {DEFAULT_SPEC}, or {EXAMPLE} with --plugin.",
            show_default=False,
        ),
    ] = None,
    plugin: Annotated[
        bool, typer.Option("--plugin", help="Write a Python file with a network and a data set of your own instead.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Overwrite the file if it exists.")] = False,
) -> None:
    """Write a commented spec to start from: every key with its default. Or write an example of a plugin.

    Example: [bold]lrsearch init my-search.yaml[/bold]
    """
    from lrsearch.cli.output import say
    from lrsearch.store import file_argument

    default = EXAMPLE if plugin else DEFAULT_SPEC
    file = default if file is None else file
    if plugin and file.suffix != ".py":
        raise UsageError(f"{file}: the name of a plugin's file ends in .py")
    try:
        is_folder, is_there = file.is_dir(), file.exists() or file.is_symlink()
    except OSError as error:
        raise cannot_write("", file, error) from None
    if is_folder:
        raise UsageError(f"{file} is a folder; name a file in it")
    if is_there and not force:
        flag = " --plugin" if plugin else ""
        raise UsageError(f"{file} exists; `lrsearch init {file_argument(file)}{flag} --force` overwrites it")
    argument = "" if file == DEFAULT_SPEC else f" {file_argument(file)}"
    if plugin:
        from lrsearch.plugins import example_plugin

        write_output("", file, example_plugin(file_argument(file)).encode())
        say(f"wrote {file}; next: lrsearch grid --plugin{argument} --data spirals --model two_layers")
        return
    from lrsearch.spec import spec_template

    write_output("", file, spec_template().encode())
    say(f"wrote {file}; next: lrsearch check{argument}")
