"""Finds the plugins of a command: given by name, named by the project's pyproject.toml, or installed as packages."""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Sequence
from importlib.metadata import entry_points
from pathlib import Path

from lrsearch.errors import UsageError
from lrsearch.plugins.loading import Plugin, load_plugins
from lrsearch.trust import is_trusted, trust
from lrsearch.wording import one_line

GROUP = "lrsearch.plugins"
"""The group of entry points by which an installed package names its plugins."""

_KEY = "tool.lrsearch"


def plugin_digest(place: str) -> str:
    """Return the digest by which the user's own state folder remembers a plugin.

    Args:
        place: The absolute path of its file, or the name of its module.
    """
    return hashlib.sha256(json.dumps(["plugin", place]).encode()).hexdigest()


def find_plugins(given: Sequence[str], folder: Path) -> tuple[tuple[Plugin, ...], tuple[str, ...]]:
    """Load the plugins of a command: those that were given, those of the project, and those of installed packages.

    The user trusts what is given by name, and what was installed. A file that a pyproject.toml names is loaded only if
    it was given by name before, because the folder may come from somebody else.

    Args:
        given: What the user gave by name: paths of files, or names of modules.
        folder: The folder of the command. The project's pyproject.toml lies in it or above it.

    Returns:
        The plugins, and remarks about those that were not loaded, one line each.

    Raises:
        UsageError: See `load_plugins`; or the pyproject.toml names no list of files.
    """
    installed = [point.value.partition(":")[0] for point in entry_points(group=GROUP)]
    wanted, notes = project_plugins(folder)
    plugins = load_plugins([*given, *wanted, *installed])
    for plugin in plugins[: len(given)]:
        trust(plugin_digest(plugin.place))
    return plugins, notes


def project_plugins(folder: Path) -> tuple[list[str], tuple[str, ...]]:
    """Return the files that the project's pyproject.toml names and that the user trusts, and remarks on the others.

    Raises:
        UsageError: The pyproject.toml names no list of files.
    """
    paths = (above / "pyproject.toml" for above in (folder, *folder.parents))
    path = next((path for path in paths if path.is_file()), None)
    if path is None:
        return [], ()
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        return [], (f"{one_line(str(path))}: cannot be read ({one_line(str(error))}), so its plugins are not loaded",)
    names = _names(values, path)
    found, notes = [], []
    for name in names:
        file = str((path.parent / name).absolute())
        if is_trusted(plugin_digest(file)):
            found.append(file)
        else:
            notes.append(
                f"pyproject.toml names the plugin {one_line(name)}, which you have not used on this machine, so it is "
                f"not loaded; if you trust its code, give it once by name: --plugin {one_line(name)}"
            )
    return found, tuple(notes)


def _names(values: dict[str, object], path: Path) -> list[str]:
    tool = values.get("tool")
    table = tool.get("lrsearch", {}) if isinstance(tool, dict) else {}
    source = one_line(str(path))
    if not isinstance(table, dict):
        raise UsageError(f"{source}: {_KEY}: expected a table with the key plugins")
    if unknown := [key for key in table if key != "plugins"]:
        raise UsageError(f"{source}: {_KEY}.{one_line(unknown[0])}: unknown key; the only key is plugins")
    names = table.get("plugins", [])
    if not isinstance(names, list) or not all(isinstance(name, str) and name for name in names):
        raise UsageError(f'{source}: {_KEY}.plugins: expected a list of files, such as ["my_net.py"]')
    return names
