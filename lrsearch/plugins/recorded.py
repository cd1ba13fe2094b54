"""Defines what a run folder records about its plugins, and decides whether a resume may run them again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from lrsearch.catalog import KINDS, Kinded, ModelEntry
from lrsearch.errors import UsageError
from lrsearch.plugins.discovery import plugin_digest
from lrsearch.plugins.entries import entry_from_json, entry_to_json
from lrsearch.plugins.loading import Plugin, entries_of, load_plugins, loaded_plugin
from lrsearch.trust import changed_files, digests_of, is_trusted, trust
from lrsearch.wording import one_line, some_of

_MOST_NAMED = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedPlugin:
    """A plugin as a run folder records it.

    Attributes:
        plugin: The plugin, with the digests of its files.
        entries: The entries of the plugin that the run uses. With these entries, the run can be read without the
            plugin.
    """

    plugin: Plugin
    entries: tuple[Kinded, ...] = field(default=())


def plugin_to_json(recorded: RecordedPlugin) -> dict[str, Any]:
    """Convert a recorded plugin to JSON values."""
    plugin = recorded.plugin
    return {"place": plugin.place, "files": dict(plugin.files), "entries": list(map(entry_to_json, recorded.entries))}


def plugin_from_json(values: Mapping[str, Any]) -> RecordedPlugin:
    """Convert the JSON values of `plugin_to_json` back. The caller must have checked their shape."""
    plugin = Plugin(place=values["place"], files=dict(values["files"]))
    entries = tuple(entry_from_json(entry, plugin.place) for entry in values["entries"])
    return RecordedPlugin(plugin=plugin, entries=entries)


def plugins_of(named: Iterable[tuple[str, str]]) -> tuple[Plugin, ...]:
    """Return the plugins that define what a spec names.

    Args:
        named: Kinds, keys of `catalog.KINDS`, and names.
    """
    places = dict.fromkeys(KINDS[kind][name].plugin for kind, name in named if name in KINDS[kind])
    return tuple(plugin for place in places if place and (plugin := loaded_plugin(place)) is not None)


def record_plugins(plugins: Sequence[Plugin]) -> tuple[RecordedPlugin, ...]:
    """Record plugins that the user has loaded. From now on, a resume may load them without asking."""
    for plugin in plugins:
        trust(plugin_digest(plugin.place))
    return tuple(
        RecordedPlugin(plugin=plugin, entries=tuple(map(_described, entries_of(plugin)))) for plugin in plugins
    )


def _described(kinded: Kinded) -> Kinded:
    """Return an entry without its functions."""
    kind, entry = kinded
    if isinstance(entry, ModelEntry):
        return kind, replace(entry, build=None, groups=None)
    return kind, replace(entry, build=None)


def plugins_to_resume(
    name: str,
    recorded: Sequence[RecordedPlugin],
    given: Sequence[str | Path] = (),
    *,
    trusted: bool = False,
    accept_changes: bool = False,
) -> tuple[str, ...]:
    """Load the plugins that a resume needs, and return warnings about what has changed.

    Args:
        name: The run's name.
        recorded: What the run recorded.
        given: Plugins that the user gives again, perhaps at another place.
        trusted: Whether to load recorded plugins that the user has not used on this machine before.
        accept_changes: Whether to go on although the files of plugins have changed.

    Raises:
        UsageError: The user has not used a plugin on this machine before, a plugin is missing or does not define what
            the run needs, or files of plugins have changed.
    """
    again = {Path(str(place)).name: str(place) for place in given}
    for each in recorded:
        plugin = each.plugin
        if not (is_trusted(plugin_digest(plugin.place)) or trusted or Path(plugin.place).name in again):
            raise UsageError(
                f"{name} uses a plugin that you have not used on this machine: {one_line(plugin.place)}; if you trust "
                "its code, add --trust"
            )
        if plugin.is_file and Path(plugin.place).name not in again and not Path(plugin.place).is_file():
            raise UsageError(
                f"{name}: its plugin {one_line(plugin.place)} is missing; restore the file, or give its new place with "
                "--plugin"
            )
    changed = [file for each in recorded for file in _changed(each.plugin, again)]
    if changed and not accept_changes:
        verb = "has" if len(changed) == 1 else "have"
        raise UsageError(
            f"{name}: {some_of(changed, _MOST_NAMED)} {verb} changed since the run began, so new results may not be "
            "comparable; start a new run, or go on with --accept-changes"
        )
    load_plugins([*(again.pop(Path(each.plugin.place).name, each.plugin.place) for each in recorded), *again.values()])
    for each in recorded:
        for kind, entry in each.entries:
            if entry.name not in KINDS[kind] or KINDS[kind][entry.name].build is None:
                raise UsageError(f"{name}: its plugin no longer defines the {kind} '{entry.name}'; restore the file")
    return tuple(
        f"{file} has changed since the run began, so that its results may not be comparable" for file in changed
    )


def _changed(plugin: Plugin, again: dict[str, str]) -> list[str]:
    """Return the files of a plugin that have changed, by their names. The plugin may have another place now."""
    folder = Path(plugin.place).parent
    now_in = Path(again[Path(plugin.place).name]).absolute().parent if Path(plugin.place).name in again else folder
    inside = [file for file in plugin.files if Path(file).is_relative_to(folder)]
    moved = {file: now_in / Path(file).relative_to(folder) for file in inside}
    found = digests_of(moved.values())
    now = {file: found[str(path)] for file, path in moved.items() if str(path) in found}
    return [one_line(str(Path(file).relative_to(folder))) for file in changed_files(plugin.files, now)]
