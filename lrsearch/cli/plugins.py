"""Loads the plugins of a command: those of --plugin, of the project, and of installed packages."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from lrsearch.errors import UsageError

if TYPE_CHECKING:
    from lrsearch.command import Program


def load_command_plugins(given: Sequence[str] | None, program: Program | None = None) -> None:
    """Load plugins, so that the spec may name what they define. Say which plugins of the project are not loaded.

    Args:
        given: The values of --plugin.
        program: The program behind `--`, which takes no plugins.

    Raises:
        UsageError: A plugin cannot be loaded, or a program takes none.
    """
    from lrsearch.cli.output import say
    from lrsearch.plugins import find_plugins

    if program is not None:
        if given:
            raise UsageError("--plugin: a program behind `--` has its own network and data; remove --plugin")
        return
    _, notes = find_plugins(given or (), Path.cwd())
    for note in notes:
        say(f"! {note}")
