"""Reads and writes `dropped.json`: the rates that the user leaves out of the ranking of a run.

The log keeps their results.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from lrsearch.errors import StorageError, UsageError
from lrsearch.store.files import read_file, replace_file
from lrsearch.store.shapes import Shape, ShapeError, check_shape
from lrsearch.wording import distinct_rates, rate_among

DROPPED_FILE = "dropped.json"
_NEAR = 0.005  # a rate that the user types stands for a tried rate within this share of it


class _Shape(Shape):
    """The content of dropped.json."""

    format: Literal[1]
    rates: list[Annotated[float, Field(gt=0, allow_inf_nan=False)]]


def read_dropped(folder: Path) -> tuple[float, ...]:
    """Read the rates that were left out of the ranking of a run, ascending; empty if there are none.

    Raises:
        StorageError: The file cannot be read, or is damaged.
    """
    path = folder / DROPPED_FILE
    if not path.exists():
        return ()
    try:
        values = json.loads(read_file(path))
        check_shape(_Shape, values)
    except (ValueError, ShapeError) as error:
        raise StorageError(f"{path}: {error} (changed by hand?); delete the file to rank all rates again") from None
    return tuple(sorted(set(values["rates"])))


def write_dropped(folder: Path, rates: Sequence[float]) -> None:
    """Write the rates to leave out of the ranking of a run.

    Raises:
        StorageError: The file cannot be written.
    """
    text = json.dumps({"format": 1, "rates": sorted(rates)})
    replace_file(folder / DROPPED_FILE, (text + "\n").encode())


def find_tried(named: float, tried: Sequence[float]) -> float:
    """Find the tried rate that the user means: the nearest one, at most half a percent away.

    Args:
        named: The rate that the user typed.
        tried: The rates of the run; at least one.

    Raises:
        UsageError: No tried rate is near; the message names the nearest one.

    Example:
        >>> find_tried(0.0562, [0.01, 0.0562341])
        0.0562341
    """
    if not math.isfinite(named):
        raise UsageError(f"{named:g} was not tried; name a finite rate")
    nearest = min(tried, key=lambda lr: abs(lr - named))
    if abs(nearest - named) > _NEAR * nearest:
        raise UsageError(f"{named:g} was not tried; the nearest rate is {rate_among(nearest, tried)}")
    return nearest


def split_dropped(rates: Sequence[float], tried: Sequence[float]) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Split the rates of dropped.json into tried rates, which are left out, and rates that were not tried.

    A rate that was typed into the file stands for a tried rate as one that is typed in a command does.
    """
    left_out, unknown = set(), []
    for rate in rates:
        try:
            left_out.add(find_tried(rate, tried))
        except UsageError:
            unknown.append(rate)
    return tuple(sorted(left_out)), tuple(unknown)


def after_drop(dropped: Sequence[float], named: Sequence[float], tried: Sequence[float], *, undo: bool) -> list[float]:
    """Return the rates to leave out after the user has named some.

    Args:
        dropped: The rates that are left out now.
        named: The rates that the user typed. With `undo`, an empty list stands for all dropped rates.
        tried: The rates of the run.
        undo: Whether to rank the named rates again.

    Raises:
        UsageError: A rate was not tried, is dropped already or is not dropped, or no rate would stay.
    """
    if not tried:
        raise UsageError("the run has no results yet, so there is nothing to drop")
    rates = [find_tried(lr, tried) for lr in named]
    if undo:
        if others := [lr for lr in rates if lr not in dropped]:
            raise UsageError(f"{', '.join(distinct_rates(others))} is not dropped")
        return [lr for lr in dropped if rates and lr not in rates]
    if again := [lr for lr in rates if lr in dropped]:
        raise UsageError(f"{', '.join(distinct_rates(again))} is dropped already")
    left_out = sorted({*dropped, *rates})
    if set(tried) <= set(left_out):
        raise UsageError("no rate would stay in the ranking; drop fewer rates")
    return left_out
