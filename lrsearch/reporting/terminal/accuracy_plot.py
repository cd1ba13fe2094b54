"""Plots the score against the learning rate in a few lines of text."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence

from lrsearch.analysis.evidence import Evidence
from lrsearch.analysis.ranking import Row
from lrsearch.wording import distinct_rates, significant

_LABEL = 7  # width of the numbers beside the vertical axis, in columns
_HEIGHT = 9  # height of the drawing, in rows
_MOST_COLUMNS, _FEWEST_COLUMNS = 90, 20
_BROKEN = frozenset({"collapsed", "diverged"})
_COVERS = " │·○×●"  # if two signs fall on the same place, the later one in this list is shown


def draw_accuracy(rows: Sequence[Row], evidence: Evidence, width: int) -> list[str]:
    """Draw the rates of an arm as lines of text, without colours.

    The vertical axis shows the scores near the best. A rate that is far worse is drawn on the line of the worst scores.
    This is the lowest line, or the highest line if lower scores are better. Each mean is drawn with its interval, if
    the rate has an interval. The horizontal axis marks the plateau and the recommended rate.

    Args:
        rows: The rows of the arm in the ranking.
        evidence: The evidence of the arm.
        width: Width of the terminal in columns. Below 40, lines may be longer than this.

    Returns:
        The lines of the plot; an empty list if there is only one learning rate, or too little space.
    """
    low, high = min(row.lr for row in rows), max(row.lr for row in rows)
    if low == high or width < _FEWEST_COLUMNS:
        return []
    columns = min(width, _MOST_COLUMNS) - _LABEL - 3
    top, bottom = _span(rows, evidence)
    scale, metric = evidence.scale, evidence.scale.metric

    def column(lr: float) -> int:
        share = math.log(lr / low) / math.log(high / low)
        return round(min(max(share, 0.0), 1.0) * (columns - 1))

    def line(score: float | None) -> int:
        share = 1.0 if score is None else (top - scale.level(score)) / (top - bottom)
        return round(min(max(share, 0.0), 1.0) * (_HEIGHT - 1))

    cells = [[" "] * columns for _ in range(_HEIGHT)]
    for row in rows:
        for y, sign in _signs(row, line):
            x = column(row.lr)
            cells[y][x] = max(sign, cells[y][x], key=_COVERS.index)
    digits = 3 if metric.scale == "share" else 2
    first, middle, last = (metric.text(scale.score(level), digits) for level in (top, (top + bottom) / 2, bottom))
    last = f"{'≥' if metric.lower_is_better else '≤'}{last}"
    marks = {0: first, (_HEIGHT - 1) // 2: middle, _HEIGHT - 1: last}
    if metric.lower_is_better:
        cells, marks = cells[::-1], {_HEIGHT - 1 - y: text for y, text in marks.items()}
    lines = [
        (f"{marks[y]:>{_LABEL}} ┤" if y in marks else f"{'':{_LABEL}} │") + "".join(row).rstrip()
        for y, row in enumerate(cells)
    ]
    found = evidence.recommendation
    start, end, chosen = (column(lr) for lr in (found.low, found.high, found.lr))
    axis = "".join("▲" if x == chosen else "━" if start <= x <= end else "─" for x in range(columns))
    legend = folded(_legend(rows, has_plateau="━" in axis), width)
    return [*lines, f"{'':{_LABEL}} └{axis}", _ticks(low, high, columns), *legend]


def _signs(row: Row, line: Callable[[float | None], int]) -> Iterator[tuple[int, str]]:
    """Yield the characters that draw one rate (its interval and its mean score), each with the number of its line."""
    if row.score_low is not None and row.score_high is not None:
        first, last = sorted((line(row.score_high), line(row.score_low)))
        for y in range(first, last + 1):
            if y < _HEIGHT - 1:  # the last line stands for all worse scores too
                yield y, "│"
    if row.state == "pruned":  # its score is that of an early epoch
        yield _HEIGHT - 1, "·"
    elif row.state in _BROKEN:
        yield line(row.score), "×"
    elif row.score is not None:
        yield line(row.score), "●" if row.tied else "○"


def _legend(rows: Sequence[Row], *, has_plateau: bool) -> list[str]:
    is_known = any(row.tied is not None for row in rows)
    signs = ["● tied with the best"] if is_known else ["○ noise not measured"]
    if any(row.tied is False and row.state not in {*_BROKEN, "pruned"} for row in rows):
        signs.append("○ worse")
    if any(row.state in _BROKEN for row in rows):
        signs.append("× collapsed or diverged")
    if any(row.state == "pruned" for row in rows):
        signs.append("· pruned")
    if has_plateau:
        signs.append("━ plateau")
    return [*signs, "▲ recommended"]


def _span(rows: Sequence[Row], evidence: Evidence) -> tuple[float, float]:
    """Return the levels (`Scale`) at the best and the worst end of the plot.

    The intervals of the tied rates are at the best end of the plot. The plot is three times as high as these intervals,
    and at least 3 percentage points high. Without intervals, the plot is three times as high as the range of the tied
    rates' scores, and at least 10 percentage points high. The worst end never lies beyond the bound of the metric or,
    if the metric has no bound, beyond the score of the worst rate.
    """
    ends = [end for row in rows if row.tied for end in (row.score_low, row.score, row.score_high) if end is not None]
    rows = [row for row in rows if row.state != "pruned"]
    levels = list(map(evidence.scale.level, [evidence.observed, *ends]))
    top = max(levels)
    least = 0.1 if all(row.score_low is None for row in rows) else 0.03
    worst = evidence.scale.bounds[0]
    if math.isinf(worst):
        worst = min([evidence.scale.level(row.score) for row in rows if row.score is not None], default=worst)
    bottom = max(worst, top - max(3 * (top - min(levels)), least))
    return top, bottom if bottom < top else top - least


def _ticks(low: float, high: float, columns: int) -> str:
    """Write five rates under the horizontal axis. Inner rates have two digits if two digits make them differ."""
    numbers = [" "] * columns
    rates = [low * (high / low) ** (quarter / 4) for quarter in range(4)] + [high]
    texts = distinct_rates(rates)
    if high > 2 * low:
        texts[1:-1] = [significant(rate, 2) for rate in rates[1:-1]]
    for quarter, text in enumerate(texts):
        x = round(quarter * (columns - 1) / 4)
        start = min(max(0, x - len(text) // 2), columns - len(text))
        numbers[start : start + len(text)] = text
    return f"{'':{_LABEL}}  {''.join(numbers)}".rstrip()


def folded(signs: Sequence[str], width: int) -> list[str]:
    """Wrap a legend into lines, indented by the width of the vertical axis.

    Args:
        signs: The explanation of each sign; at least one.
        width: Maximum width of a line in columns. An explanation that is longer is not wrapped.
    """
    lines = [""]
    for sign in signs:
        joined = f"{lines[-1]}   {sign}" if lines[-1] else sign
        if len(joined) + _LABEL + 2 > width and lines[-1]:
            lines.append(sign)
        else:
            lines[-1] = joined
    return [f"{'':{_LABEL}}  {line}" for line in lines]
