"""The kinds of things that a spec names: their tables in the catalog, and the keys and flags that take their names."""

from __future__ import annotations

from lrsearch.catalog import DATASETS, MODELS, OPTIMIZERS, SCHEDULES, Entry
from lrsearch.cli.flags import KEY_FLAGS

TABLES: dict[str, dict[str, Entry]] = {
    "datasets": dict(DATASETS),
    "models": dict(MODELS),
    "optimizers": dict(OPTIMIZERS),
    "schedules": dict(SCHEDULES),
}
"""Every kind, as `lrsearch list` calls it, and its entries by their main names."""

KEYS: dict[str, str] = {flag.kind: flag.key for flag in KEY_FLAGS if flag.kind}
"""The key of a spec that names each kind."""


def known_names(kind: str) -> list[str]:
    """Every main name and alias of a kind."""
    return [name for entry in TABLES[kind].values() for name in (entry.name, *entry.aliases)]
