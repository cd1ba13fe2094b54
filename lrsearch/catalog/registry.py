"""Adds the entries of plugins to the tables of the catalog."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeAlias

from lrsearch.catalog.datasets import DATASETS
from lrsearch.catalog.entries import Entry
from lrsearch.catalog.losses import LOSSES
from lrsearch.catalog.metrics import METRICS
from lrsearch.catalog.models import MODELS
from lrsearch.catalog.optimizers import OPTIMIZERS
from lrsearch.catalog.schedules import SCHEDULES

Kinded: TypeAlias = tuple[str, Entry]
"""An entry with its kind, a key of `KINDS`."""

KINDS: Mapping[str, dict[str, Any]] = {
    "dataset": DATASETS,
    "model": MODELS,
    "optimizer": OPTIMIZERS,
    "schedule": SCHEDULES,
    "loss": LOSSES,
    "metric": METRICS,
}
"""The tables that plugins can add to, by the kind of their entries."""


def add_entry(kind: str, entry: Entry) -> None:
    """Add the entry of a plugin. An entry of a plugin with the same name is replaced.

    Args:
        kind: A key of `KINDS`.
        entry: The entry, with its `plugin`.
    """
    KINDS[kind][entry.name] = entry


def remove_entries(kinded: Iterable[Kinded]) -> None:
    """Remove entries of plugins."""
    for kind, entry in kinded:
        KINDS[kind].pop(entry.name, None)


def entries_of_plugins() -> list[Kinded]:
    """Return all entries of plugins."""
    return [(kind, entry) for kind, table in KINDS.items() for entry in table.values() if entry.plugin]


@contextmanager
def described_entries(kinded: Iterable[Kinded]) -> Iterator[None]:
    """Use the entries of plugins that a run folder describes. No plugin is loaded.

    Inside the block these entries come before entries of plugins that are loaded, which may have other options today.
    After the block, the loaded entries count again. Names that were unknown before stay known, so that the run can be
    shown.
    """
    before = {}
    for kind, entry in kinded:
        known = KINDS[kind].get(entry.name)
        if known is not None and not known.plugin:
            continue  # a run folder cannot replace a built-in entry
        before[kind, entry.name] = known
        KINDS[kind][entry.name] = entry
    try:
        yield
    finally:
        for (kind, name), known in before.items():
            if known is not None and known.build is not None:
                KINDS[kind][name] = known
