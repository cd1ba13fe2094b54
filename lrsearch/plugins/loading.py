"""Loads plugins: runs their files, collects what they define, and adds it to the catalog."""

from __future__ import annotations

import contextlib
import importlib.util
import inspect
import math
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from lrsearch.catalog import KINDS, Entry, Kinded, Metric, ModelEntry, add_entry
from lrsearch.errors import UsageError
from lrsearch.places import here
from lrsearch.plugins.calls import guarded, users_traceback
from lrsearch.plugins.decorators import DEFINED, Definition
from lrsearch.plugins.importing import run_file, run_module, what_to_define
from lrsearch.trust import digests_of
from lrsearch.wording import one_line


@dataclass(frozen=True, slots=True, kw_only=True)
class Plugin:
    """A plugin: a file, or a module of an installed package.

    Attributes:
        place: The absolute path of the file, or the import name of the module.
        files: The digest of the file, and of the files in its folder that it imports, by path; empty for a module.
    """

    place: str
    files: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_file(self) -> bool:
        """Whether the plugin is a file."""
        return Path(self.place).is_absolute()

    @property
    def name(self) -> str:
        """What messages call the plugin."""
        return plugin_name(self.place)


_loaded: dict[str, tuple[Plugin, tuple[Kinded, ...]]] = {}  # by place: what this process has loaded


def plugin_name(place: str) -> str:
    """Return what messages call a plugin: the name of its file, or its module."""
    return one_line(Path(place).name if Path(place).is_absolute() else place)


def load_plugins(places: Iterable[str | Path]) -> tuple[Plugin, ...]:
    """Load plugins, and add what they define to the catalog.

    Args:
        places: Paths of files, or import names of modules. A plugin that this process has loaded before is loaded again
            only if its files have changed.

    Returns:
        The plugins, in their order.

    Raises:
        UsageError: A plugin does not exist, cannot be imported, or defines nothing; or a name is taken.
        PluginError: The code of a plugin raised an exception.
    """
    found: dict[str, tuple[Plugin, tuple[Kinded, ...]]] = {}
    for given in places:
        place = _place(str(given))
        if place not in found:
            found[place] = _load(place)
    _check_names([entry for _, entries in found.values() for entry in entries])
    for place, (plugin, entries) in found.items():
        _loaded[place] = plugin, entries
        for kind, entry in entries:
            add_entry(kind, entry)
    return tuple(plugin for plugin, _ in found.values())


def entries_of(plugin: Plugin) -> tuple[Kinded, ...]:
    """Return what a plugin of this process has defined."""
    return _loaded[plugin.place][1]


def loaded_plugin(place: str) -> Plugin | None:
    """Return a plugin of this process; None if it was not loaded."""
    return _loaded[place][0] if place in _loaded else None


def forget_plugins() -> None:
    """Forget which plugins this process has loaded; for tests."""
    _loaded.clear()


def loaded_places() -> tuple[str, ...]:
    """Return the places of all plugins that this process has loaded."""
    return tuple(_loaded)


def is_loaded(plugin: Plugin) -> bool:
    """Whether this process has loaded a plugin."""
    return plugin.place in _loaded


def _place(given: str) -> str:
    """Return the place of a plugin: the absolute path of its file, or the name of its module."""
    path = Path(given or "?").expanduser()
    try:
        if path.is_file() or here(given) != given:
            return str(path.absolute())
        is_there = path.exists()
    except (OSError, ValueError):
        is_there = False
    shown = one_line(given)
    if is_there:
        raise UsageError(f"plugin {shown}: is a folder; name a Python file in it")
    if path.suffix == ".py" or path.is_absolute() or len(path.parts) > 1:
        raise UsageError(f"plugin {shown}: no such file")
    try:
        is_module = bool(given) and importlib.util.find_spec(given) is not None
    except (ImportError, ValueError):
        is_module = False
    if not is_module:
        hint = f"; did you mean {shown}.py?" if Path(f"{given}.py").is_file() else ""
        raise UsageError(f"plugin {shown}: there is no such file, and no such module is installed{hint}")
    return given


def _load(place: str) -> tuple[Plugin, tuple[Kinded, ...]]:
    """Run a plugin, and return it with its entries; run nothing if this process has run the same files."""
    known = _loaded.get(place)
    if known is not None and known[0].files == digests_of(map(Path, known[0].files)):
        return known
    name, is_file = plugin_name(place), Path(place).is_absolute()
    n_before = len(DEFINED)
    # What a plugin prints when it is imported does not belong to the results on stdout.
    with users_traceback(f"plugin {name}", [place]), contextlib.redirect_stdout(sys.stderr):
        try:
            files = run_file(Path(here(place)), known[0].files if known else ()) if is_file else run_module(place)
        except UsageError as error:
            first, *more = error.lines
            raise UsageError(f"plugin {name}: {first}", *more) from None
    definitions = DEFINED[n_before:] or [each for each in DEFINED if _is_of(each, place) and not is_file]
    if not definitions:
        raise UsageError(f"plugin {name}: {what_to_define(place)}")
    plugin = Plugin(place=place, files=digests_of(files))
    return plugin, tuple((each.kind, _entry(each, plugin)) for each in definitions)


def _is_of(definition: Definition, module: str) -> bool:
    return f"{definition.function.__module__}.".startswith(f"{module}.")


def _entry(definition: Definition, plugin: Plugin) -> Entry:
    """Return the entry of a definition, with functions whose exceptions show the user's own traceback."""
    what, files = f"{definition.kind} '{definition.entry.name}' ({plugin.name})", tuple(plugin.files)
    build = guarded(definition.function, what, files)
    if isinstance(definition.entry, Metric):
        build = _as_number(build, what, is_share=definition.entry.scale == "share")
    if not isinstance(definition.entry, ModelEntry) or definition.entry.groups is None:
        return replace(definition.entry, plugin=plugin.place, build=build)
    groups = guarded(definition.entry.groups, f"parameter_groups of {what}", files)
    return replace(definition.entry, plugin=plugin.place, build=_taking_own(build), groups=_taking_own(groups))


def _as_number(function: Callable[..., Any], what: str, *, is_share: bool) -> Callable[..., float]:
    """Return the function of a metric, with a check that each answer is a number."""

    def call(*args: Any, **options: Any) -> float:  # noqa: ANN401  (of any function)
        value = function(*args, **options)
        try:
            number = float(value)
        except (TypeError, ValueError):
            number = math.nan
        if not math.isfinite(number) or (is_share and not 0 <= number <= 1):
            wanted = 'a number in [0, 1], or scale="real" in its decorator' if is_share else "a finite number"
            raise UsageError(f"{what}: the function returned {value!r}; expected {wanted}")
        return number

    return call


def _taking_own(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that takes only its own options. A network and its parameter groups get the same options."""
    known = inspect.signature(function).parameters

    def call(*args: Any, **options: Any) -> Any:  # noqa: ANN401  (of any function)
        return function(*args, **{key: value for key, value in options.items() if key in known})

    return call


def _check_names(entries: Sequence[Kinded]) -> None:
    """Refuse a name that a built-in has, and a name that two functions have."""
    seen: dict[tuple[str, str], str] = {}
    for kind, entry in entries:
        source = plugin_name(entry.plugin)
        if any(entry.name in (of.name, *of.aliases) for of in KINDS[kind].values() if not of.plugin):
            raise UsageError(
                f"plugin {source}: {kind} '{entry.name}': lrsearch has a {kind} of this name; choose another name"
            )
        if (kind, entry.name) in seen:
            other = seen[kind, entry.name]
            where = f"twice in {source}" if other == source else f"in {other} and in {source}"
            raise UsageError(f"plugin {source}: {kind} '{entry.name}' is defined {where}; rename one of them")
        seen[kind, entry.name] = source
