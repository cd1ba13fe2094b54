"""Plots of a range test, for a terminal and as a picture: the loss against the learning rate."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lrsearch.analysis.range import LRSEARCH_METHOD, PROBE_STEPS, Finding, Floats, final_losses, smoothed_curves
from lrsearch.reporting.page import file_name
from lrsearch.reporting.pictures import BLUE, GREEN, GREY, MARKERS, ORANGE, SERIES, Form, new_figure, plain, save_figure
from lrsearch.reporting.terminal import folded
from lrsearch.wording import distinct_rates, rate_among, significant

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_LABEL = 7  # width in columns of the numbers beside the vertical axis
_HEIGHT = 13  # rows of the drawing
_MOST_COLUMNS = 90
_COVERS = " ░●◆"  # if two signs share a cell, the later one in this order is drawn
_HEADROOM = 1.25  # the vertical axis ends at this many times the first loss


@dataclass(frozen=True)
class _Curves:
    """The curves of a plot: the smoothed losses of the ramps, and the mean final losses of the probes.

    Attributes:
        lrs: Rate of each step of the ramp; (steps,).
        median: Median loss over seeds at each step; infinite after half of the ramps have ended; (steps,).
        low: Lowest loss over seeds; infinite after all ramps have ended; (steps,).
        high: Highest loss over seeds; infinite after the first ramp has ended; (steps,).
        probed: The probed rates, ascending; (rates,).
        reached: Mean final loss of each probed rate; (rates,).
    """

    lrs: Floats
    median: Floats
    low: Floats
    high: Floats
    probed: Floats
    reached: Floats

    @property
    def top(self) -> float:
        return float(self.median[0]) * _HEADROOM

    @property
    def bottom(self) -> float:
        finite = np.concatenate([self.median, self.low, self.reached])
        return float(finite[np.isfinite(finite)].min())


def _curves(finding: Finding) -> _Curves:
    smoothed = smoothed_curves(finding.curves)
    lrs = np.array([finding.ramp.rate(step) for step in range(smoothed.shape[1])])
    reached = final_losses(finding.probes).mean(axis=1) if finding.probes else np.empty(0)
    return _Curves(
        lrs=lrs,
        median=np.median(smoothed, axis=0),
        low=smoothed.min(axis=0),
        high=smoothed.max(axis=0),
        probed=np.array(sorted(finding.probes)),
        reached=reached,
    )


@dataclass(frozen=True)
class _Grid:
    """The axes of a terminal plot, which map a rate to a column and a loss to a line."""

    columns: int
    is_linear: bool
    first: float
    last: float
    top: float
    bottom: float

    def column(self, lr: float) -> int:
        first, last = self.first, self.last
        share = (lr - first) / (last - first) if self.is_linear else math.log(lr / first, last / first)
        return round(min(max(share, 0.0), 1.0) * (self.columns - 1))

    def line(self, loss: float) -> int:
        share = (self.top - min(loss, self.top)) / (self.top - self.bottom)
        return round(share * (_HEIGHT - 1))


def draw_range(finding: Finding, width: int) -> list[str]:
    """Draw a range test as lines of text, without colours.

    The plot shows the smoothed loss of the ramps: the median over seeds, and a band from the lowest seed to the
    highest. The plot also shows the mean final loss of each probed rate. The axis marks the suggested rate and range.

    Args:
        finding: The result of the test; every ramp has at least one step.
        width: Width of the plot in columns, >= 40.

    Returns:
        Lines of at most `width` columns; no lines if every ramp ended at its first step.
    """
    curves = _curves(finding)
    if curves.lrs.size < 2:
        return []
    columns = min(width, _MOST_COLUMNS) - _LABEL - 3
    first, last = _span(finding, curves)
    grid = _Grid(columns, finding.ramp.scale == "linear", first, last, curves.top, curves.bottom)
    cells = [[" "] * columns for _ in range(_HEIGHT)]
    for x, y, sign in _signs(curves, grid):
        cells[y][x] = max(sign, cells[y][x], key=_COVERS.index)
    top, bottom = grid.top, grid.bottom
    heights = {0: top, (_HEIGHT - 1) // 2: (top + bottom) / 2, _HEIGHT - 1: bottom}
    marks = {y: significant(loss) for y, loss in heights.items()}
    lines = [
        (f"{marks[y]:>{_LABEL}} ┤" if y in marks else f"{'':{_LABEL}} │") + "".join(row).rstrip()
        for y, row in enumerate(cells)
    ]
    return [*lines, f"{'':{_LABEL}} └{_axis(finding, grid)}", _ticks(grid), *folded(_legend(finding), width)]


def _span(finding: Finding, curves: _Curves) -> tuple[float, float]:
    """Return the smallest and the largest rate of the plot, which covers the ramp, the probes and the suggestion."""
    found = finding.suggestion
    shown = [*curves.lrs.tolist(), *curves.probed.tolist(), *([found.lr] if found else [])]
    return min(shown), max(shown)


def _signs(curves: _Curves, grid: _Grid) -> Iterator[tuple[int, int, str]]:
    """Yield the column, the line and the sign of every mark of the plot."""
    for lr, low, median, high in zip(curves.lrs, curves.low, curves.median, curves.high, strict=True):
        x = grid.column(lr)
        if math.isfinite(low):
            yield from ((x, y, "░") for y in range(grid.line(high), grid.line(low) + 1))
        if math.isfinite(median):
            yield x, grid.line(median), "●"
    for lr, loss in zip(curves.probed, curves.reached, strict=True):
        if math.isfinite(loss):
            yield grid.column(lr), grid.line(loss), "◆"


def _axis(finding: Finding, grid: _Grid) -> str:
    found = finding.suggestion
    if found is None:
        return "─" * grid.columns
    first, last, chosen = (grid.column(lr) for lr in (found.low, found.high, found.lr))
    return "".join("▲" if x == chosen else "━" if first <= x <= last else "─" for x in range(grid.columns))


def _ticks(grid: _Grid) -> str:
    """Label the axis with powers of ten; a linear axis, or one with fewer than 3 powers, with 5 evenly spaced rates."""
    low, high = grid.first, grid.last
    decades = range(math.ceil(math.log10(low) - 1e-9), math.floor(math.log10(high) + 1e-9) + 1)
    rates = [10.0**decade for decade in decades[:: max(1, len(decades) // 6)]]
    if grid.is_linear:
        rates = [low + quarter * (high - low) / 4 for quarter in range(5)]
    elif len(rates) < 3:
        rates = [low * (high / low) ** (quarter / 4) for quarter in range(5)]
    numbers = [" "] * grid.columns
    for rate, text in zip(rates, distinct_rates(rates), strict=True):
        x = grid.column(rate)
        start = min(max(0, x - len(text) // 2), grid.columns - len(text))
        numbers[start : start + len(text)] = text
    return f"{'':{_LABEL}}  {''.join(numbers)}".rstrip()


def _legend(finding: Finding) -> list[str]:
    signs = ["● loss of the ramp, median", "░ range over seeds"]
    if finding.probes:
        signs.append(f"◆ after {PROBE_STEPS} steps at one rate")
    if finding.suggestion:
        signs += ["▲ suggested", "━ range to search"]
    return signs


def range_pictures(findings: Mapping[str, Finding], name: str) -> dict[str, bytes]:
    """Draw range tests as pictures.

    Args:
        findings: The result of each arm, by name; a spec without arms has the single key "".
        name: Name of the spec, for the title.

    Returns:
        Contents by file name: range.svg and range.png, or range-ARM.svg and range-ARM.png for each arm.
    """
    made: dict[str, bytes] = {}
    for arm, finding in findings.items():
        stem, title = f"range-{file_name(arm)}" if arm else "range", f"{name}{f', {arm}' if arm else ''}: range test"
        made[f"{stem}.svg"] = range_picture(finding, title, "svg")
        made[f"{stem}.png"] = range_picture(finding, title, "png")
    return made


def range_picture(finding: Finding, title: str, form: Form) -> bytes:
    """Draw a range test as a picture: the ramp with its band, the probed rates, and the rate of every method.

    Args:
        finding: The result of the test; every ramp has at least one step.
        title: Title of the picture.
        form: png (1,200 x 825 pixels) or svg.

    Returns:
        The contents of the file.
    """
    curves = _curves(finding)
    with new_figure(8, 5.5) as figure:
        axes = figure.subplots()
        axes.set_xscale("log" if finding.ramp.scale == "log" else "linear")
        _draw_ramp(axes, finding, curves)
        if finding.probes:
            _draw_probes(axes, finding, curves)
        found = finding.suggestion
        if found is not None:
            low, lr, high = distinct_rates([found.low, found.lr, found.high])
            label = f"range to search: {low} .. {high}"
            axes.axvspan(found.low, found.high, color=GREEN, alpha=0.12, linewidth=0, label=label)
            axes.axvline(found.lr, color=ORANGE, linewidth=2, linestyle="--", label=f"suggested: {lr}")
        _draw_readings(axes, finding, curves)
        space = 0.05 * (curves.top - curves.bottom)
        axes.set_ylim(curves.bottom - space, curves.top + space)
        axes.set(xlabel="learning rate", ylabel="training loss (nats)")
        axes.grid(alpha=0.25, linewidth=0.6)
        axes.set_title(plain(title), loc="left")
        handles, labels = axes.get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=3, fontsize=8)
        return save_figure(figure, form)


def _draw_ramp(axes: Axes, finding: Finding, curves: _Curves) -> None:
    n_seeds = len(finding.curves)
    shown, banded = np.isfinite(curves.median), np.isfinite(curves.low)
    if n_seeds > 1:
        high = np.where(np.isfinite(curves.high), curves.high, 10 * curves.top)
        axes.fill_between(
            curves.lrs[banded],
            curves.low[banded],
            high[banded],
            color=BLUE,
            alpha=0.15,
            linewidth=0,
            label=f"ramp, {n_seeds} seeds",
        )
    axes.plot(curves.lrs[shown], curves.median[shown], color=BLUE, linewidth=2, label="ramp, median")


def _draw_probes(axes: Axes, finding: Finding, curves: _Curves) -> None:
    ends = final_losses(finding.probes)
    for seed in range(ends.shape[1]):
        label = f"{PROBE_STEPS} steps at one rate, each seed" if seed == 0 and ends.shape[1] > 1 else None
        axes.plot(curves.probed, ends[:, seed], ".", color="black", markersize=4, alpha=0.6, label=label)
    label = f"{PROBE_STEPS} steps at one rate, mean"
    axes.plot(curves.probed, curves.reached, "o-", color="black", markersize=5, linewidth=1, label=label)


def _draw_readings(axes: Axes, finding: Finding, curves: _Curves) -> None:
    """Mark the rate of each published method on the median curve."""
    readings = [(name, reading) for name, reading in finding.readings.items() if name != LRSEARCH_METHOD]
    rates = [reading.lr for _, reading in readings if reading.lr is not None]
    for (name, reading), colour, marker in zip(readings, _colours(), MARKERS[1:], strict=False):
        if reading.lr is None:
            continue
        loss = float(np.interp(math.log(reading.lr), np.log(curves.lrs), np.minimum(curves.median, curves.top)))
        label = f"{name}: {rate_among(reading.lr, rates)}"
        axes.plot([reading.lr], [loss], marker, color=colour, markersize=8, markeredgecolor="white", label=label)


def _colours() -> Sequence[str]:
    return [*[colour for colour in SERIES if colour not in {BLUE, "#000000", GREY}], GREY]
