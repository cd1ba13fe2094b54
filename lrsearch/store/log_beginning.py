"""What the first line of a log says of its run, so that a log of another run and a changed run.json are noticed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

from lrsearch.store.manifest import Manifest

_SECTIONS = ("seed", "model", "data", "train", "placeholders")
_MAY_CHANGE = ("data.path", "data.test_path", "data.root", "train.precision")
"""Keys that a resume may change: the data may have moved, and another device may have no bf16."""


def beginning(manifest: Manifest) -> dict[str, Any]:
    """Return what the first line of a run's log says of the run.

    Returns:
        `run` is a text that no other run has, and each later line has it too. `settings` are the values that decide
        what a training computes, by dotted key, and the strategy.
    """
    return {"run": run_id(manifest), "settings": _settings(manifest)}


def why_not_of(manifest: Manifest, begun: Mapping[str, Any]) -> str | None:
    """Say why a log does not belong to a run; None if the log belongs to the run, or if its first line says nothing.

    Args:
        manifest: The manifest of the run.
        begun: What the first line of the log says.
    """
    if manifest.spec.get("seed", manifest.seed) != manifest.seed:
        return f"run.json has seed {manifest.seed}, but spec.seed {manifest.spec['seed']}"
    if "run" not in begun:
        return None
    if begun["run"] != run_id(manifest):
        return "the log was begun by another run, or at another time than run.json says (created)"
    settings = begun.get("settings")
    if not isinstance(settings, Mapping):
        return "its first line was changed"
    now = _settings(manifest)
    for key in settings.keys() & now.keys():  # keys that another version of lrsearch does not have are not compared
        if settings[key] != now[key]:
            return f"the log was begun with {key} {settings[key]!r}, but run.json says {now[key]!r}"
    return None


def run_id(manifest: Manifest) -> str:
    """Return a text that no other run has. A copy of the run has the same one."""
    return hashlib.blake2b(manifest.created.encode(), digest_size=4).hexdigest()


def _settings(manifest: Manifest) -> dict[str, Any]:
    found = {"strategy": manifest.strategy, **dict(_values(manifest.spec))}
    for arm, overrides in (manifest.spec.get("arms") or {}).items():
        found |= {f"arms.{arm}.{key}": value for key, value in _values(overrides)}
    return found


def _values(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the values of the sections that decide what a training computes, by dotted key."""
    for key, value in values.items():
        path = f"{prefix}{key}"
        if path.partition(".")[0] not in _SECTIONS or path in _MAY_CHANGE:
            continue
        if isinstance(value, Mapping) and value:
            yield from _values(value, f"{path}.")
        else:
            yield path, value
