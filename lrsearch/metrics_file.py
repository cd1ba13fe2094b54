"""Defines `report()`, with which your own training script tells lrsearch the metrics of an epoch.

This module imports nothing heavy.
"""

from __future__ import annotations

import json
import os
from typing import SupportsFloat

VARIABLE = "LRSEARCH_METRICS"
"""The environment variable with the path of the file to which a program may append its metrics, as JSON Lines."""


def report(**metrics: SupportsFloat) -> None:
    """Tell lrsearch the metrics of an epoch. Outside of a search, this does nothing.

    Call this function once for each epoch. In a distributed training, call this function in one process only.

    Args:
        **metrics: The value of each metric by its name; `epoch` counts from 0 or 1. A tensor with one element is a
            value too.

    Raises:
        TypeError: A value is not a number.

    Example:
        >>> report(epoch=3, val_acc=0.91)
    """
    values = {}
    for name, value in metrics.items():
        try:
            values[name] = float(value)
        except (TypeError, ValueError):
            raise TypeError(f"report: {name} must be a number, got {value!r}") from None
    path = os.environ.get(VARIABLE)
    if path:
        with open(path, "a", encoding="utf-8") as file:  # noqa: PTH123  (pathlib takes time to import)
            file.write(json.dumps(values) + "\n")
