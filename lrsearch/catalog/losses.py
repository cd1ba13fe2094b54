"""The training losses that a spec can name."""

from __future__ import annotations

from lrsearch.catalog.entries import LossEntry, table

LOSSES: dict[str, LossEntry] = table(
    LossEntry(
        name="cross-entropy",
        about="cross-entropy of the classes, with label smoothing and class weights if the spec sets them",
    ),
)
