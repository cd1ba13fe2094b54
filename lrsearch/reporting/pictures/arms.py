"""Draws arms or runs side by side: scores against the learning rate, and each arm's score at its best rate."""

from __future__ import annotations

from collections.abc import Mapping

from lrsearch.analysis.evidence import Evidence, RateEvidence
from lrsearch.reporting.pictures.style import MARKERS, SERIES, Form, new_figure, plain, save_figure
from lrsearch.wording import rate_among

MOST_CURVES = 8
"""Maximum number of arms whose curves are drawn. Each arm has its own colour, and more colours would look alike."""

DEPTH = 0.2
"""The lowest of the arms' best scores minus the lower end of the plot, in levels (`Scale`)."""

MOST_ARMS = 30
"""Maximum number of arms whose best rates are drawn."""


def side_by_side_picture(evidence: Mapping[str, Evidence], title: str, form: Form) -> bytes:
    """Plot the score against the learning rate (left), and the score at the best rate with its interval (right).

    Args:
        evidence: The evidence of each arm or run by its label, best first. At least one is needed.
        title: The title.
        form: png or svg.
    """
    shown = dict(list(evidence.items())[:MOST_ARMS])
    scale = next(iter(shown.values())).scale
    metric = scale.metric
    with new_figure(10, max(3.8, 1.4 + 0.28 * len(shown))) as figure:
        curves, worth = figure.subplots(1, 2, width_ratios=(3, 2))
        for place, (label, of_arm) in enumerate(shown.items()):
            colour, marker = SERIES[place % len(SERIES)], MARKERS[place % len(MARKERS)]
            if place < MOST_CURVES:
                compared = [(rate.lr, rate.mean) for rate in of_arm.rates if rate.mean is not None]
                curves.plot(
                    *zip(*compared, strict=True),
                    color=colour,
                    marker=marker,
                    markersize=4,
                    linewidth=1.2,
                    label=plain(label),
                )
            leader = leader_of(of_arm)
            middle, high = leader.mean or 0.0, leader.mean or 0.0
            xerr = None
            if leader.low is not None and leader.high is not None:
                xerr, high = [[middle - leader.low], [leader.high - middle]], leader.high
            worth.errorbar(middle, place, xerr=xerr, fmt=marker, color=colour, capsize=3, markersize=6)
            worth.annotate(
                f"lr {rate_among(of_arm.leader, [rate.lr for rate in of_arm.rates])}",
                (high, place),
                xytext=(5, 0),
                textcoords="offset points",
                va="center",
                fontsize=8,
            )
        # The picture compares the best rates, so cut off the scores that are far worse.
        worst = min(scale.level(of_arm.observed) for of_arm in shown.values()) - DEPTH
        limits = (None, scale.score(worst)) if metric.lower_is_better else (scale.score(worst), None)
        if metric.grows_from_zero:
            limits = (max(-0.03, worst), None)
        curves.set(xscale="log", xlabel="learning rate", ylabel=metric.axis_label, ylim=limits)
        curves.legend(fontsize=8, title=f"the best {MOST_CURVES}" if len(evidence) > MOST_CURVES else None)
        worth.set_yticks(range(len(shown)), [plain(label) for label in shown])
        worth.set_ylim(len(shown) - 0.5, -0.5)
        worth.margins(x=0.3)
        worth.locator_params(axis="x", nbins=5)
        worth.set_xlabel(f"{metric.label} at the best rate")
        for axes in (curves, worth):
            axes.grid(alpha=0.25, linewidth=0.6)
        figure.suptitle(plain(title), x=0.01, ha="left")
        return save_figure(figure, form)


def leader_of(evidence: Evidence) -> RateEvidence:
    """Return the evidence of the rate with the best observed score."""
    return next(rate for rate in evidence.rates if rate.lr == evidence.leader)
