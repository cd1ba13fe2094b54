"""Chooses the metric among all that a program prints, and turns its readings into one value for each epoch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from lrsearch.catalog import normal_name, words_of
from lrsearch.command.lines import Reading
from lrsearch.wording import closest, counted, some_of

Unit = Literal["share", "percent"]

_SHARES = frozenset(
    {"acc", "accuracy", "precision", "recall", "f1", "auc", "auroc", "iou", "dice", "top1", "top5", "map"}
)
_SHOWN = 12
_NONE, _SEVERAL = "no metric", "several metrics fit"
"""How the sentences begin that `find_series` returns."""
NOTHING_PRINTED = "no metric was printed"
"""How the sentence begins if a training reported nothing at all."""


@dataclass(frozen=True, slots=True)
class Series:
    """The values of one metric over a training.

    Attributes:
        name: The name as the program printed it.
        epochs: The epoch of each value, as the program counts them; None where none was named.
        values: The values, as printed.
    """

    name: str
    epochs: tuple[float | None, ...]
    values: tuple[float, ...]


def find_series(readings: Sequence[Reading], wanted: str) -> Series | str:
    """Find the readings of a metric.

    A name fits if it equals the wanted name. If none does, a name fits if it ends with the words of the wanted name:
    "loss" finds "Average loss". Upper and lower case, spaces, dots, slashes and hyphens make no difference.

    Args:
        readings: All readings of a training, in the order in which they were printed.
        wanted: The name of the metric.

    Returns:
        The series. If no metric fits, or more than one, a sentence that says so.

    Example:
        >>> find_series([Reading("Val Acc", 0.5, 1.0, 1), Reading("Val Acc", 0.6, 2.0, 2)], "val_acc").values
        (0.5, 0.6)
    """
    key = normal_name(wanted)
    names = {reading.name: None for reading in readings}  # a set in order
    same = [name for name in names if normal_name(name) == key]
    fitting = same or [name for name in names if fits(name, wanted)]
    if len({normal_name(name) for name in fitting}) > 1:
        return f"{_SEVERAL} {wanted!r}: {some_of(sorted(fitting), _SHOWN)}; give one name in full"
    if not fitting:
        return _none_fits(wanted, list(names))
    mine = [reading for reading in readings if reading.name in fitting]
    last = {(reading.epoch if reading.epoch is not None else f"line {reading.line}"): reading for reading in mine}
    return Series(
        name=fitting[0],
        epochs=tuple(reading.epoch for reading in last.values()),
        values=tuple(reading.value for reading in last.values()),
    )


def unclear_number(reading: Reading) -> str:
    """Say that a value of the metric has two readings.

    Example:
        >>> unclear_number(Reading("loss", float("nan"), None, 3, unclear="0,91"))
        'loss is 0,91 in line 3, and a comma may stand for a point or between thousands; print a point and no commas'
    """
    return (
        f"{reading.name} is {reading.unclear} in line {reading.line}, and a comma may stand for a point or between "
        "thousands; print a point and no commas"
    )


def is_wrong_name(message: str) -> bool:
    """Whether a message begins with a sentence of `find_series`: then the name of the metric does not fit.

    Example:
        >>> is_wrong_name(str(find_series([], "acc"))), is_wrong_name("exit code 1: no metric")
        (True, False)
    """
    return message.startswith((_NONE, _SEVERAL))


def fits(name: str, wanted: str) -> bool:
    """Whether the name of a metric is the wanted one, or ends with it.

    Example:
        >>> [fits(name, "loss") for name in ("loss", "Average loss", "lossy")]
        [True, True, False]
    """
    return f"_{normal_name(name)}".endswith(f"_{normal_name(wanted)}")


def _none_fits(wanted: str, names: Sequence[str]) -> str:
    if not names:
        return f"{NOTHING_PRINTED}; lrsearch reads lines such as {wanted}=0.91, {wanted}: 0.91 or JSON"
    known = {normal_name(name): name for name in names}
    near = closest(normal_name(wanted), known)
    hint = f"; did you mean {known[near]!r}?" if near else ""
    return f"{_NONE} {wanted!r} was printed; there were {some_of(list(names), _SHOWN)}{hint}"


def find_unit(name: str, values: Sequence[float]) -> Unit | None:
    """Guess the unit of an accuracy or a similar metric: per cent if a value is above 1.

    Returns:
        The unit; None for a metric whose name is not that of a share, such as a loss.

    Example:
        >>> find_unit("val_acc", (0.9, 91.0)), find_unit("val_acc", (0.9,)), find_unit("loss", (2.5,))
        ('percent', 'share', None)
    """
    if not any(word in _SHARES for word in words_of(name)):
        return None
    return "percent" if any(value > 1.0 for value in values) else "share"


def warning_of(name: str) -> str | None:
    """Return a warning about a metric that is a bad choice; None if there is nothing to warn of.

    Example:
        >>> warning_of("best_acc")
        "best_acc: the best of all epochs is too optimistic; print the last epoch's value"
    """
    words = words_of(name)
    if "test" in words:
        return f"{name}: the rate that is best on test data looks better than it is; use a validation metric if you can"
    if "best" in words or "max" in words or "min" in words:
        return f"{name}: the best of all epochs is too optimistic; print the last epoch's value"
    return None


def describe(name: str, values: Sequence[float], *, minimize: bool) -> str:
    """Describe the values of a metric in one line.

    Args:
        name: The name of the metric.
        values: Its value for each epoch, at least one.
        minimize: Whether a smaller value is better.

    Example:
        >>> describe("val_loss", (0.93, 0.95), minimize=True)
        'val_loss: 2 values, last 0.95, best 0.93; the last one is the score'
    """
    best = min(values) if minimize else max(values)
    return f"{name}: {counted(len(values), 'value')}, last {values[-1]:g}, best {best:g}; the last one is the score"
