"""The kinds of names in a spec, such as models. Each has a table in the catalog, and a key that takes its names."""

from __future__ import annotations

from lrsearch.catalog import DATASETS, MODELS, OPTIMIZERS, SCHEDULES, Entry
from lrsearch.cli.flags import KEY_FLAGS

TABLES: dict[str, dict[str, Entry]] = {
    "datasets": dict(DATASETS),
    "models": dict(MODELS),
    "optimizers": dict(OPTIMIZERS),
    "schedules": dict(SCHEDULES),
}
"""The catalog's entries of each kind, by their main names. The kinds are those of `lrsearch list`."""

KEYS: dict[str, str] = {flag.kind: flag.key for flag in KEY_FLAGS if flag.kind}
"""The key of the spec that takes the names of each kind."""


def known_names(kind: str) -> list[str]:
    """List the main names and the aliases of a kind."""
    return [name for entry in TABLES[kind].values() for name in (entry.name, *entry.aliases)]
