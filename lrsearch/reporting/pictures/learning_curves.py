"""Draws the learning curves of an arm."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from lrsearch.analysis.ranking import leading
from lrsearch.catalog import VAL_ACCURACY, Metric
from lrsearch.records import Result
from lrsearch.reporting.pictures.arm import arm_title
from lrsearch.reporting.pictures.auto import whole_trainings
from lrsearch.reporting.pictures.style import (
    Form,
    Margins,
    load_matplotlib,
    mark_decades,
    new_figure,
    plain,
    save_figure,
    thinned,
)
from lrsearch.wording import rate_among

if TYPE_CHECKING:
    from lrsearch.runs import Run

MOST_LEARNING_CURVES = 60
"""Maximum number of learning curves: more colours would look alike. If there are more rates, some are left out."""


def learning_curves_picture(run: Run, arm: str, form: Form) -> bytes:
    """Draw learning curves: training loss and the metric against the epoch, coloured by the learning rate.

    Each curve is the mean over seeds. Only rates with the overrides of the best one are drawn. The rate nearest to the
    recommended rate is drawn in black.

    Args:
        run: A run with at least one result.
        arm: Name of the arm; "" if the run has no arms.
        form: png or svg.
    """
    load_matplotlib()
    from matplotlib import colormaps
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import LogNorm

    metric = run.metric
    curves = mean_learning_curves(leading(whole_trainings(run, arm), run.ranking, arm), metric)
    evidence = run.evidence.get(arm)
    shown = thinned(sorted(curves), MOST_LEARNING_CURVES)
    chosen = None if evidence is None else min(shown, key=lambda lr: abs(math.log(lr / evidence.recommendation.lr)))
    with new_figure(9, 4.0, Margins(left=0.9, bottom=0.8, right=0.1)) as figure:
        loss_axes, score_axes = figure.subplots(1, 2, gridspec_kw={"wspace": 0.25})
        low, high = (min(shown), max(shown)) if shown else (1.0, 1.0)
        norm = LogNorm(low, high if high > low else low * 1.1)
        colours = colormaps["viridis"].resampled(48)
        for lr in shown:
            style = {"color": "black", "linewidth": 2.2, "zorder": 3} if lr == chosen else {"color": colours(norm(lr))}
            epochs, losses, scores = curves[lr]
            label = f"lr {rate_among(lr, shown)}, nearest to the recommended rate" if lr == chosen else None
            mark = "o" if len(epochs) == 1 else None
            loss_axes.plot(epochs, losses, marker=mark, label=label, **style)
            score_axes.plot(epochs, scores, marker=mark, **style)
        loss_axes.set(xlabel="epoch", ylabel="training loss (nats)", yscale="log")
        score_axes.set(xlabel="epoch", ylabel=metric.axis_label)
        if metric.scale == "share":
            score_axes.set_ylim(-0.03, 1.03)
        elif metric.lowest == 0:
            score_axes.set_yscale("log")
        for axes in (loss_axes, score_axes):
            axes.grid(alpha=0.25, linewidth=0.6)
            axes.xaxis.get_major_locator().set_params(integer=True)
        mark_decades(loss_axes.yaxis, *loss_axes.get_ylim())
        if chosen is not None:  # put the legend outside, so that it hides no curve
            figure.legend(loc="lower center", fontsize=9)
        bar = figure.colorbar(
            ScalarMappable(norm, colours), ax=[loss_axes, score_axes], label="learning rate", pad=0.02, ticks=[]
        )
        mark_decades(bar.ax.yaxis, low, high)
        figure.suptitle(plain(f"{arm_title(run, arm)}: learning curves"), x=0.01, ha="left")
        return save_figure(figure, form)


def mean_learning_curves(
    results: Sequence[Result], metric: Metric = VAL_ACCURACY
) -> dict[float, tuple[list[int], list[float], list[float]]]:
    """Compute the epochs, the mean training loss and the mean of the metric of each learning rate.

    The results must have equal overrides. The means of an epoch are over the seeds that reached the epoch. A loss that
    is not finite and positive becomes NaN, so that the plot shows a gap.
    """
    by_rate: dict[float, dict[int, list[tuple[float, float]]]] = {}
    for result in results:
        for point in result.points:
            of_epoch = by_rate.setdefault(result.trial.lr, {}).setdefault(point.epoch, [])
            of_epoch.append((point.train_loss, point.metrics.get(metric.name, math.nan)))
    curves = {}
    for lr, epochs in by_rate.items():
        means = [(epoch, *np.mean(values, axis=0).tolist()) for epoch, values in sorted(epochs.items())]
        losses = [loss if 0 < loss < math.inf else math.nan for _, loss, _ in means]
        curves[lr] = ([epoch for epoch, *_ in means], losses, [score for *_, score in means])
    return curves
