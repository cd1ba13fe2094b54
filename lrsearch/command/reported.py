"""Collects what a program has reported so far, and numbers its epochs."""

from __future__ import annotations

import math
from collections.abc import Iterable

from lrsearch.catalog import normal_name
from lrsearch.command.lines import Reading
from lrsearch.command.metrics import Series, find_series, fits, unclear_number

_MOST_NAMES = 200
"""Maximum number of metrics that are kept besides the wanted one. A program may print a new name in every line."""


class Reported:
    """The metrics of one training: the last value of each metric in each epoch.

    If values have no epoch, all of them are kept for the wanted metric, and only the last one for each other metric.
    """

    def __init__(self, wanted: str) -> None:
        """Start without a value.

        Args:
            wanted: The name of the metric that is the score.
        """
        self._wanted = wanted
        self._wanted_readings: dict[object, Reading] = {}
        self._others: dict[str, dict[float | None, Reading]] = {}
        self._unclear: dict[str, Reading] = {}

    def add(self, readings: Iterable[Reading]) -> None:
        """Take further readings, in order."""
        for reading in readings:
            if reading.unclear:
                if fits(reading.name, self._wanted):
                    self._unclear.setdefault(normal_name(reading.name), reading)
            elif fits(reading.name, self._wanted):
                key = ("line", reading.line) if reading.epoch is None else reading.epoch
                self._wanted_readings[reading.name, key] = reading
            elif reading.name in self._others or len(self._others) < _MOST_NAMES:
                self._others.setdefault(reading.name, {})[reading.epoch] = reading

    def series(self) -> Series | str:
        """Return the values of the wanted metric. If no metric fits, several do, or a value is unclear, say so."""
        others = [reading for of_name in self._others.values() for reading in of_name.values()]
        series = find_series([*self._wanted_readings.values(), *others], self._wanted)
        name = series.name if isinstance(series, Series) else self._wanted
        unclear = self._unclear.get(normal_name(name))
        if unclear is None and not isinstance(series, Series):
            unclear = next(iter(self._unclear.values()), None)
        return series if unclear is None else unclear_number(unclear)

    def others(self, epoch: float | None) -> dict[str, float]:
        """Return the values of the other metrics in an epoch; an empty dict if the epoch is None."""
        if epoch is None:
            return {}
        return {name: of_name[epoch].value for name, of_name in self._others.items() if epoch in of_name}


def epoch_numbers(epochs: Iterable[float | None]) -> list[int]:
    """Give each value of a metric the number of its epoch: whole numbers of at least 1, each larger than the last.

    The number is the program's own epoch if that is a whole number and larger than the number before; if the program
    counts from 0, it is its epoch + 1. Otherwise it is the number before + 1. The number of a value depends only on
    earlier values, so that it can be shown while the program runs.

    Example:
        >>> epoch_numbers([0, 1, 2]), epoch_numbers([5, 10, 15]), epoch_numbers([0.5, 1.0, 1.5]), epoch_numbers([None])
        ([1, 2, 3], [5, 10, 15], [1, 2, 3], [1])
    """
    numbers: list[int] = []
    first: float | None = None
    for epoch in epochs:
        number = 0
        if epoch is not None and math.isfinite(epoch) and epoch == int(epoch):
            first = epoch if first is None else first
            number = int(epoch) + (first < 1)
        numbers.append(max(number, numbers[-1] + 1 if numbers else 1))
    return numbers
