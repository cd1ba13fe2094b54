"""The command `init`: a commented spec to start from."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

import typer

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
        with file.open("w" if force else "x", encoding="utf-8") as target:
            target.write(spec_template())
    except IsADirectoryError:
        raise UsageError(f"{file} is a folder; name a file in it") from None
    except FileExistsError:
        if file.is_dir():
            raise UsageError(f"{file} is a folder; name a file in it") from None
        raise UsageError(f"{file} exists; `lrsearch init {file} --force` overwrites it") from None
    except OSError as error:
        raise UsageError(f"{file}: cannot be written: {error.strerror}") from None
    argument = "" if file == DEFAULT_SPEC else f" {shlex.quote(str(file))}"
    say(f"wrote {file}; next: lrsearch check{argument}")
