"""Draws what only a search by `auto` has: the scan, the bracket, and one standard error around the curve."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from lrsearch.analysis.evidence import AutoFinding
from lrsearch.records import Result
from lrsearch.reporting.pictures.style import GREY, PURPLE, RED
from lrsearch.wording import counted

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from lrsearch.runs import Run

BRACKET = "bracket"
"""Name of the stage of `auto` that trains at the best rate of the scan and at the rates beside this rate."""


def whole_trainings(run: Run, arm: str) -> list[Result]:
    """Return the results of an arm without the short trainings of a scan.

    If there are no others, return all results.
    """
    results = [result for result in run.results if result.trial.arm == arm]
    epochs = run.arms[arm].train.epochs
    return [each for each in results if each.trial.until == each.trial.horizon == epochs] or results


def draw_auto(axes: Axes, found: AutoFinding, results: Sequence[Result]) -> None:
    """Draw the scan and the bracket of `auto`, and one standard error around the fitted curve."""
    if found.curve is not None:
        axes.fill_between(
            found.curve.lrs,
            found.curve_low,
            found.curve_high,
            color="black",
            alpha=0.13,
            linewidth=0,
            label="± one standard error",
        )
    bracket = [(each.trial.lr, each.score) for each in results if each.trial.stage == BRACKET]
    if known := [place for place in bracket if place[1] is not None]:
        axes.plot(*zip(*known, strict=True), "D", color=PURPLE, mfc="none", markersize=10, label="bracket")
    short = [rate for rate in found.scan if rate.epochs < found.epochs]
    scanned = [(rate.lr, rate.score) for rate in short if rate.score is not None]
    if scanned:
        label = f"scan, {short[0].epochs} of {counted(found.epochs, 'epoch')}"
        axes.plot(*zip(*scanned, strict=True), "s", color=GREY, markersize=4, label=label)
    broken = [rate.lr for rate in found.scan if rate.state == "broke"]
    if broken and found.breaks_from is None:
        axes.axvspan(min(broken), max(broken) * 1.2, color=RED, alpha=0.1, hatch="//", label="broke in the scan")
