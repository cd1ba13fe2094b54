"""The kinds of names in a spec, such as models. Each has a table in the catalog, and a key that takes its names."""

from __future__ import annotations

from collections.abc import Mapping

from lrsearch.catalog import DATASETS, LOSSES, METRICS, MODELS, OPTIMIZERS, SCHEDULES, Entry
from lrsearch.cli.flags import KEY_FLAGS

TABLES: dict[str, Mapping[str, Entry]] = {
    "datasets": DATASETS,
    "models": MODELS,
    "optimizers": OPTIMIZERS,
    "schedules": SCHEDULES,
    "losses": LOSSES,
    "metrics": METRICS,
}
"""The catalog's entries of each kind, by their main names. The kinds are those of `lrsearch list`."""

KEYS: dict[str, str] = {flag.kind: flag.key for flag in KEY_FLAGS if flag.kind} | {
    "losses": "train.loss",
    "metrics": "search.metric",
}
"""The key of the spec that takes the names of each kind."""


def one(kind: str) -> str:
    """Return the name of a kind in the singular.

    Example:
        >>> one("models"), one("losses")
        ('model', 'loss')
    """
    return kind.removesuffix("es" if kind == "losses" else "s")


def known_names(kind: str) -> list[str]:
    """List the main names and the aliases of a kind."""
    return [name for entry in TABLES[kind].values() for name in (entry.name, *entry.aliases)]
