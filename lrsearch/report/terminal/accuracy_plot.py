"""Accuracy against the learning rate, drawn in a few lines of text."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence

from lrsearch.analysis.evidence import Evidence
from lrsearch.analysis.ranking import Row
from lrsearch.wording import distinct_rates, rate_among

_LABEL = 7  # columns of the numbers beside the vertical axis
_HEIGHT = 9  # rows of the drawing
_MOST_COLUMNS, _FEWEST_COLUMNS = 90, 20
_BROKEN = frozenset({"collapsed", "diverged"})
_COVERS = " │○×●"  # where two fall on one place the later of these is seen


def draw_accuracy(rows: Sequence[Row], evidence: Evidence, width: int) -> list[str]:
    """One arm's rates as lines of text, without colours.

    The vertical axis shows the accuracies near the best; a rate far below them is drawn on the lowest line. Each mean
    has its interval. Under the axis are the plateau and the recommended rate.

    Args:
        rows: The ranking's rows of the arm.
        evidence: Of the arm.
        width: Columns.

    Returns:
        Lines of at most `width` columns where that is 40 or more; none where there is only one learning rate, or too
        little space.
    """
    low, high = min(row.lr for row in rows), max(row.lr for row in rows)
    if low == high or width < _FEWEST_COLUMNS:
        return []
    columns = min(width, _MOST_COLUMNS) - _LABEL - 3
    top, bottom = _span(rows, evidence)

    def column(lr: float) -> int:
        share = math.log(lr / low) / math.log(high / low)
        return round(min(max(share, 0.0), 1.0) * (columns - 1))

    def line(accuracy: float) -> int:
        share = (top - accuracy) / (top - bottom)
        return round(min(max(share, 0.0), 1.0) * (_HEIGHT - 1))

    cells = [[" "] * columns for _ in range(_HEIGHT)]
    for row in rows:
        for y, sign in _signs(row, line):
            x = column(row.lr)
            cells[y][x] = max(sign, cells[y][x], key=_COVERS.index)
    marks = {0: f"{top:.3f}", (_HEIGHT - 1) // 2: f"{(top + bottom) / 2:.3f}", _HEIGHT - 1: f"≤{bottom:.3f}"}
    lines = [
        (f"{marks[y]:>{_LABEL}} ┤" if y in marks else f"{'':{_LABEL}} │") + "".join(row).rstrip()
        for y, row in enumerate(cells)
    ]
    found = evidence.recommendation
    first, last, chosen = (column(lr) for lr in (found.low, found.high, found.lr))
    axis = "".join("▲" if x == chosen else "━" if first <= x <= last else "─" for x in range(columns))
    legend = folded(_legend(rows, has_plateau="━" in axis), width)
    return [*lines, f"{'':{_LABEL}} └{axis}", _ticks(low, high, columns), *legend]


def _signs(row: Row, line: Callable[[float], int]) -> Iterator[tuple[int, str]]:
    """The signs in a rate's column, each with its line: the interval and the mean."""
    if row.val_accuracy_low is not None and row.val_accuracy_high is not None:
        for y in range(line(row.val_accuracy_high), line(row.val_accuracy_low) + 1):
            if y < _HEIGHT - 1:  # the lowest line is for all accuracies below it
                yield y, "│"
    if row.state in _BROKEN:
        yield line(row.val_accuracy or 0.0), "×"
    elif row.val_accuracy is not None:
        yield line(row.val_accuracy), "●" if row.tied else "○"


def _legend(rows: Sequence[Row], *, has_plateau: bool) -> list[str]:
    signs = ["● tied with the best"]
    if any(row.tied is False and row.state not in _BROKEN for row in rows):
        signs.append("○ worse")
    if any(row.state in _BROKEN for row in rows):
        signs.append("× collapsed or diverged")
    if has_plateau:
        signs.append("━ plateau")
    return [*signs, "▲ recommended"]


def _span(rows: Sequence[Row], evidence: Evidence) -> tuple[float, float]:
    """The accuracies at the upper and the lower end of the drawing: the tied rates and as much again below them."""
    ends = [row.val_accuracy_low for row in rows if row.tied and row.val_accuracy_low is not None]
    highs = [row.val_accuracy_high for row in rows if row.tied and row.val_accuracy_high is not None]
    top = max([evidence.observed, *highs])
    return top, max(0.0, top - max(3 * (top - min([evidence.observed, *ends])), 0.03))


def _ticks(low: float, high: float, columns: int) -> str:
    """Five rates under the axis."""
    numbers = [" "] * columns
    inner = [low * (high / low) ** (quarter / 4) for quarter in (1, 2, 3)]
    first, last = distinct_rates([low, high])
    for quarter, text in enumerate([first, *(_tick(rate, low, high) for rate in inner), last]):
        x = round(quarter * (columns - 1) / 4)
        start = min(max(0, x - len(text) // 2), columns - len(text))
        numbers[start : start + len(text)] = text
    return f"{'':{_LABEL}}  {''.join(numbers)}".rstrip()


def _tick(rate: float, low: float, high: float) -> str:
    """A rate inside the axis, in two digits where its ends are far apart."""
    return f"{rate:.1e}" if high > 2 * low else rate_among(rate, [low, high])


def folded(signs: Sequence[str], width: int) -> list[str]:
    """The legend on as many lines as it needs, indented by the width of the vertical axis.

    Args:
        signs: What each sign means; at least one.
        width: Columns of a line, at most, where a sign's meaning is no longer.
    """
    lines = [""]
    for sign in signs:
        joined = f"{lines[-1]}   {sign}" if lines[-1] else sign
        if len(joined) + _LABEL + 2 > width and lines[-1]:
            lines.append(sign)
        else:
            lines[-1] = joined
    return [f"{'':{_LABEL}}  {line}" for line in lines]
