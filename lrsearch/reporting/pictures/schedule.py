"""Plots the learning rate against the epoch, in a terminal or as a picture, with one curve or several."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lrsearch.optim.schedules import spec_schedule, warmup_steps
from lrsearch.reporting.pictures.style import Form, new_figure, plain, save_figure
from lrsearch.spec import Spec
from lrsearch.wording import counted, significant

MOST_POINTS = 20_000
"""Maximum number of steps in a curve, evenly spread over the run. A picture has far fewer columns."""

_LABEL = 9  # width of the numbers beside the vertical axis, in columns
_HEIGHT = 15  # height of a drawing, in rows
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_DOTS = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))  # bits of a braille character's dots, by column and row


@dataclass(frozen=True, slots=True)
class Curve:
    """The learning rate over one run.

    Attributes:
        rates: The rate of each step, or of steps that are evenly spread over the run. At least one is > 0.
        n_epochs: Number of epochs of the run.
        warmup_epochs: Number of epochs of warm-up at the start; 0 for no warm-up.
    """

    rates: tuple[float, ...]
    n_epochs: float
    warmup_epochs: float = 0.0


def spec_curve(spec: Spec, lr: float, n_steps: int) -> Curve:
    """Compute the curve of the schedule in a spec. The curve of a plateau schedule has no drops.

    Args:
        spec: A checked spec.
        lr: The peak rate, > 0.
        n_steps: Optimizer steps in one epoch.
    """
    epochs = spec.train.epochs
    scale, total = spec_schedule(spec, epochs, n_steps), epochs * n_steps
    stride = math.ceil(total / MOST_POINTS)
    rates = tuple(lr * scale(step) for step in range(0, total, stride))
    return Curve(rates, float(epochs), warmup_steps(spec, epochs, n_steps) / n_steps)


def draw_schedules(curves: Mapping[str, Curve], width: int) -> str:
    """Draw curves as text without colours: a single curve in braille dots, several curves in one letter each.

    Args:
        curves: The curves by label; at least one. The horizontal axis is as long as the longest run.
        width: Width in columns, >= 40.

    Returns:
        The drawing, its axes and a legend, in lines of at most `width` columns.

    Example:
        >>> print(draw_schedules({"falling": Curve((1.0, 0.75, 0.5, 0.25), 4)}, 40).splitlines()[0])
                1 ┤⠉⠉⠉⠉⠉⠉⠉⡇
    """
    columns = width - _LABEL - 2
    top = max(max(curve.rates) for curve in curves.values())
    n_epochs = max(curve.n_epochs for curve in curves.values())
    rows = [[" "] * columns for _ in range(_HEIGHT)]
    letters = [_LETTERS[i % len(_LETTERS)] for i in range(len(curves))]
    for letter, curve in zip(letters, curves.values(), strict=True):
        used = max(1, round(columns * curve.n_epochs / n_epochs))
        _trace(rows, curve.rates, top, used, "" if len(curves) == 1 else letter)
    marks = {0: top, _HEIGHT // 2: top / 2, _HEIGHT - 1: 0.0}
    lines = [
        (f"{marks[row]:{_LABEL}.3g} ┤" if row in marks else f"{'':{_LABEL}} │") + "".join(cells).rstrip()
        for row, cells in enumerate(rows)
    ]
    warmup = max(curve.warmup_epochs for curve in curves.values())
    lines += _axis(columns, n_epochs, warmup)
    if warmup:
        lines.append(f"{'':{_LABEL}}  {_count_epochs(warmup)} of warm-up: ━")
    if len(curves) > 1:
        lines += [f"{'':{_LABEL}}  {letter}: {label}" for letter, label in zip(letters, curves, strict=True)]
    return "\n".join(lines)


def _trace(rows: list[list[str]], rates: Sequence[float], top: float, columns: int, letter: str) -> None:
    """Draw rates from left to right.

    Each column of dots reaches from the column's rates to the last rate before them.
    """
    n_dots, n_rows = 2 * columns, 4 * len(rows)
    before = rates[0]
    for x in range(n_dots):
        first, last = x * len(rates) // n_dots, math.ceil((x + 1) * len(rates) / n_dots)
        inside = [before, *rates[first:last]] if first < last else [before]
        before = inside[-1]
        high, low = (round((1 - rate / top) * (n_rows - 1)) for rate in (max(inside), min(inside)))
        for y in range(high, low + 1):
            cell = rows[y // 4][x // 2]
            dots = (ord(cell) - 0x2800 if cell >= "\u2800" else 0) | _DOTS[x % 2][y % 4]
            rows[y // 4][x // 2] = letter or chr(0x2800 + dots)


def _axis(columns: int, n_epochs: float, warmup: float) -> list[str]:
    """Draw the horizontal axis with its numbers and its name. The part of the warm-up is thick."""
    ticks = {round(quarter * (columns - 1) / 4): significant(n_epochs * quarter / 4, 4) for quarter in range(5)}
    thick = round(columns * warmup / n_epochs)
    line = "".join("━" if x < thick else "┴" if x in ticks else "─" for x in range(columns))
    numbers = [" "] * columns
    for x, text in ticks.items():
        start = min(max(0, x - len(text) // 2), columns - len(text))
        numbers[start : start + len(text)] = text
    indent = " " * _LABEL
    below = ("".join(numbers), f"{'epoch':^{columns}}")
    return [f"{indent} └{line}", *(f"{indent}  {words}".rstrip() for words in below)]


def schedule_picture(curves: Mapping[str, Curve], title: str, form: Form, x_label: str = "epoch") -> bytes:
    """Draw curves as a picture. With the same version of matplotlib, equal curves give equal bytes.

    Args:
        curves: The curves by label; at least one.
        title: The title.
        form: png (1,050 x 600 pixels) or svg.
        x_label: The label of the horizontal axis.

    Returns:
        The contents of a picture file.
    """
    with new_figure(7, 4) as figure:
        axes = figure.subplots()
        for label, curve in curves.items():
            n = len(curve.rates)
            epochs = [i * curve.n_epochs / n for i in range(n + 1)]
            (line,) = axes.plot(epochs, [*curve.rates, curve.rates[-1]], drawstyle="steps-post", label=plain(label))
            if curve.warmup_epochs:
                shade = plain(f"warm-up, {_count_epochs(curve.warmup_epochs)}")
                axes.axvspan(0, curve.warmup_epochs, color=line.get_color(), alpha=0.15, linewidth=0, label=shade)
        axes.set(xlabel=plain(x_label), ylabel="learning rate")
        axes.set_title(plain(title), wrap=True)
        axes.set_xlim(0, max(curve.n_epochs for curve in curves.values()))
        axes.set_ylim(bottom=0)
        axes.grid(alpha=0.3)
        axes.legend(frameon=True)  # a frame keeps the legend readable if it covers a curve
        return save_figure(figure, form)


def _count_epochs(epochs: float) -> str:
    return counted(significant(epochs), "epoch")
