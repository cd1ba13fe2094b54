"""Draws the score of an arm against the learning rate."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

import numpy as np

from lrsearch.analysis.evidence import Evidence
from lrsearch.analysis.ranking import confirming
from lrsearch.catalog import VAL_ACCURACY, Metric
from lrsearch.records import Configuration, Result, overrides_text
from lrsearch.reporting.pictures.auto import draw_auto, whole_trainings
from lrsearch.reporting.pictures.style import (
    BLUE,
    GREEN,
    MOST_MARKS,
    ORANGE,
    RED,
    Form,
    Margins,
    mark_decades,
    new_figure,
    plain,
    save_figure,
    thinned,
)
from lrsearch.wording import rate_among, rate_between, significant

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from lrsearch.runs import Run

_BROKEN = frozenset({"collapsed", "diverged"})


def accuracy_picture(run: Run, arm: str, form: Form) -> bytes:
    """Draw `accuracy_figure`, and return the contents of a picture file.

    Args:
        run: A run with at least one result.
        arm: Name of the arm; "" if the run has no arms.
        form: png (1,200 x 900 pixels) or svg.
    """
    return save_figure(accuracy_figure(run, arm), form)


def accuracy_figure(run: Run, arm: str) -> Figure:
    """Plot the metric against the learning rate: the scores near the best (upper plot), and all scores (lower plot).

    For a share, the lower plot goes from 0 to 1. For any other metric, the lower plot ends a little beyond the score of
    the best constant prediction.

    The plots show the mean of each rate with its interval, the single trainings, the fitted curve, the plateau, the
    recommended rate, and the range of rates where training fails. The marks of rates tied with the best are filled. For
    a search by `auto`, they also show its scan, its bracket and one standard error around the curve.

    Args:
        run: A run with at least one result.
        arm: Name of the arm; "" if the run has no arms.
    """
    evidence = run.evidence.get(arm)
    results = [result for result in whole_trainings(run, arm) if result.state != "pruned"]
    found = run.found.get(arm)
    rates = [row.lr for row in run.ranking.of_arm(arm)] + [rate.lr for rate in (found.scan if found else ())]
    with new_figure(8, 6, Margins(bottom=1.25)) as figure:
        top, whole = figure.subplots(2, 1, sharex=True, height_ratios=(3, 2), gridspec_kw={"hspace": 0.08})
        for axes in (top, whole):
            axes.set_xscale("log")
            axes.set_xlim(min(rates) / 1.4, max(rates) * 1.4)
            axes.grid(alpha=0.25, linewidth=0.6)
            axes.set_ylabel(run.metric.axis_label)
            _draw_trainings(axes, results, drawn=_drawn_rates(run, arm, evidence))
            if evidence is not None:
                _draw_evidence(axes, evidence)
            if found is not None:
                draw_auto(axes, found, results)
            axes.set_ylim(*_whole(run, evidence))
            _draw_broken(axes, run, arm, evidence)
        if evidence is not None:
            top.set_ylim(*_zoom(evidence))
        whole.set_xlabel("learning rate")
        mark_decades(whole.xaxis, *whole.get_xlim())
        title = f"{arm_title(run, arm)}: {_subject(run.metric)} by learning rate{_hint(run.metric)}"
        top.set_title(plain(title), loc="left")
        handles, labels = top.get_legend_handles_labels()
        figure.legend(handles, labels, loc="lower center", ncols=3, fontsize=9)
        return figure


def arm_title(run: Run, arm: str) -> str:
    """Return the beginning of a picture's title: the name of the run, and the name of the arm, if any."""
    return f"{run.name}, {arm}" if arm else run.name


def _subject(metric: Metric) -> str:
    return "accuracy" if metric.name == VAL_ACCURACY.name else metric.label


def _hint(metric: Metric) -> str:
    return ", lower is better" if metric.lower_is_better else ""


def _whole(run: Run, evidence: Evidence | None) -> tuple[float | None, float | None]:
    """Return the limits of the lower plot; None for a limit that matplotlib chooses."""
    if run.metric.scale == "share":
        return -0.03, 1.03
    if evidence is None:
        return None, None
    best = evidence.scale.level(evidence.observed)
    return evidence.scale.interval(best - 1.2, best + 0.05)


def _zoom(evidence: Evidence) -> tuple[float, float]:
    """Return the limits of the upper plot: the scores and intervals of the tied rates, with a margin.

    The margin is a multiple of the height of these scores and intervals. This height counts as at least 1 percentage
    point, or as at least 5 percentage points if the noise is not known. Without intervals, the plot also shows the peak
    of the fitted curve. If the noise is not known, the plot shows the whole curve.
    """
    scale = evidence.scale
    tied = [end for rate in evidence.rates if rate.is_tied for end in (rate.low, rate.mean, rate.high)]
    ends = [evidence.observed, *(end for end in tied if end is not None)]
    curve = [] if evidence.curve is None else list(evidence.curve.scores)
    levels = list(map(scale.level, ends + curve if evidence.noise is None else ends))
    if evidence.noise is None or not evidence.noise.is_measured:
        levels.append(max(map(scale.level, curve), default=levels[0]))
    low, high = min(levels), max(levels)
    span = max(high - low, 0.05 if evidence.noise is None else 0.01)
    if scale.metric.grows_from_zero:
        return max(-0.03, low - 1.5 * span), min(1 + 0.1 * span, high + 0.3 * span)
    return scale.interval(low - 1.5 * span, high + 0.3 * span)


def _draw_broken(axes: Axes, run: Run, arm: str, evidence: Evidence | None) -> None:
    rows = [row for row in run.ranking.of_arm(arm) if row.state in _BROKEN]
    if rows:
        shown = thinned(sorted(rows, key=lambda row: row.lr), MOST_MARKS)
        low, high = axes.get_ylim()
        worst = high if run.metric.lower_is_better else low
        heights = [worst if row.score is None else min(max(row.score, low), high) for row in shown]
        axes.plot([row.lr for row in shown], heights, "x", color=RED, markersize=7, label="collapsed or diverged")
    if pruned := [row.lr for row in run.ranking.of_arm(arm) if row.state == "pruned"]:
        low, high = axes.get_ylim()
        worst = high if run.metric.lower_is_better else low
        label = "pruned (no score of the last epoch)"
        axes.plot(pruned, [worst] * len(pruned), "|", color="black", markersize=9, alpha=0.6, label=label)
    breaks_from = None if evidence is None else evidence.breaks_from
    if evidence is not None and evidence.auto is not None:
        breaks_from = evidence.auto.breaks_from
    if evidence is not None and breaks_from is not None:
        highest = axes.get_xlim()[1] / 1.4
        label = f"failures from {rate_among(breaks_from, [rate.lr for rate in evidence.rates])} upwards"
        axes.axvspan(
            breaks_from,
            max(highest, breaks_from * 1.2),
            color=RED,
            alpha=0.1,
            hatch="//",
            label=label,
        )


def _drawn_rates(run: Run, arm: str, evidence: Evidence | None) -> set[Configuration]:
    """Return the rates that are drawn with their own mark: a mean with its interval, or a cross."""
    broken = {row.configuration for row in run.ranking.of_arm(arm) if row.state in _BROKEN}
    if evidence is None:
        return broken
    overrides = overrides_text(evidence.overrides)
    return broken | {(rate.lr, overrides) for rate in evidence.rates if rate.is_compared}


def _draw_trainings(axes: Axes, results: Sequence[Result], *, drawn: Collection[Configuration]) -> None:
    """Draw a small dot for each training. For a confirmed rate, draw only the trainings of the `confirm` stage.

    Args:
        axes: The axes to draw on.
        results: The results of the arm.
        drawn: The rates that already have a mark. If every rate was trained only once, these rates get no dot.
    """
    by_rate: dict[Configuration, list[Result]] = {}
    for result in results:
        by_rate.setdefault(result.trial.configuration, []).append(result)
    counted = [result for of_rate in by_rate.values() for result in confirming(of_rate) or of_rate]
    scored = [result for result in counted if result.score is not None]
    if len(scored) <= len(by_rate):  # no more dots than rates
        scored = [result for result in scored if result.trial.configuration not in drawn]
    dots = [(result.trial.lr, result.score) for result in scored]
    if dots:
        axes.plot(
            *zip(*thinned(dots, MOST_MARKS), strict=True),
            ".",
            color="black",
            markersize=3,
            alpha=0.7,
            zorder=4,
            label="one training",
        )


def _draw_evidence(axes: Axes, evidence: Evidence) -> None:
    recommendation = evidence.recommendation
    metric = evidence.scale.metric
    if recommendation.low < recommendation.high:
        label = f"plateau, within {_margin(metric, recommendation.margin)} of the {metric.peak}"
        axes.axvspan(recommendation.low, recommendation.high, color=GREEN, alpha=0.15, label=label)
    groups = ((True, BLUE, "tied with the best"), (False, "white", "worse than the best"))
    if not evidence.knows_ties:
        groups = ((True, BLUE, "best observed"), (False, "white", "other rates; noise not measured"))
    for is_tied, face, label in groups:
        compared = [rate for rate in evidence.rates if rate.is_compared and rate.is_tied is is_tied]
        rates = thinned(compared, MOST_MARKS)
        if not rates:
            continue
        means = np.array([rate.mean for rate in rates], dtype=float)
        bars = np.array([(rate.mean, rate.low, rate.high) for rate in rates], dtype=float)
        spread = np.abs(np.vstack((bars[:, 0] - bars[:, 1], bars[:, 2] - bars[:, 0])))
        lrs = [rate.lr for rate in rates]
        axes.errorbar(
            lrs, means, spread, fmt="o", color=BLUE, mfc=face, markersize=5, elinewidth=1, capsize=2, label=label
        )
    if evidence.curve is not None:
        curve = evidence.curve
        axes.plot(curve.lrs, curve.scores, color="black", linewidth=1.2, label=f"fitted curve ({curve.kind})")
    axes.axvline(
        recommendation.lr,
        color=ORANGE,
        linewidth=2,
        linestyle="--",
        label=f"recommended: {rate_between(recommendation.lr, [rate.lr for rate in evidence.rates])}",
    )


def _margin(metric: Metric, margin: float) -> str:
    return f"{significant(margin * 100, 2)} points" if metric.scale == "share" else metric.difference(margin)
