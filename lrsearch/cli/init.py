"""The command `init`: writes a commented spec to start from."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

import typer

from lrsearch.cli.output_file import cannot_write, write_output
from lrsearch.cli.spec_file import DEFAULT_SPEC
from lrsearch.errors import UsageError


def init(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The file to write.")] = DEFAULT_SPEC,
    force: Annotated[bool, typer.Option("--force", help="Overwrite the file if it exists.")] = False,
) -> None:
    """Write a commented spec to start from: every key with its default.

    Example: [bold]lrsearch init my-search.yaml[/bold]
    """
    from lrsearch.cli.output import say
    from lrsearch.spec import spec_template

    try:
        is_folder, is_there = file.is_dir(), file.exists() or file.is_symlink()
    except OSError as error:
        raise cannot_write("", file, error) from None
    if is_folder:
        raise UsageError(f"{file} is a folder; name a file in it")
    if is_there and not force:
        raise UsageError(f"{file} exists; `lrsearch init {shlex.quote(str(file))} --force` overwrites it")
    write_output("", file, spec_template().encode())
    argument = "" if file == DEFAULT_SPEC else f" {shlex.quote(str(file))}"
    say(f"wrote {file}; next: lrsearch check{argument}")
