"""Arms, or runs, side by side: their accuracy by learning rate, and the accuracy of each at its best rate."""

from __future__ import annotations

from collections.abc import Mapping

from lrsearch.analysis.evidence import Evidence, RateEvidence
from lrsearch.report.pictures.style import MARKERS, SERIES, Form, new_figure, plain, save_figure
from lrsearch.wording import short_rate

MOST_CURVES = 8
"""Arms whose curves are drawn, each in a colour of its own: more colours look alike."""

DEPTH = 0.2
"""How far below the lowest of the arms' best accuracies the curves are shown, in [0, 1]."""

MOST_ARMS = 30
"""Arms whose best rates are drawn."""


def side_by_side_picture(evidence: Mapping[str, Evidence], title: str, form: Form) -> bytes:
    """Left the accuracy against the learning rate, right the accuracy of each at its best rate, with its interval.

    Args:
        evidence: Of each arm or run by its label, best first; at least one.
        title: The title.
        form: png or svg.
    """
    shown = dict(list(evidence.items())[:MOST_ARMS])
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
            middle, low, high = leader.mean or 0.0, leader.low or 0.0, leader.high or 0.0
            worth.errorbar(
                middle, place, xerr=[[middle - low], [high - middle]], fmt=marker, color=colour, capsize=3, markersize=6
            )
            worth.annotate(
                f"lr {short_rate(of_arm.leader)}",
                (high, place),
                xytext=(5, 0),
                textcoords="offset points",
                va="center",
                fontsize=8,
            )
        # The comparison is between the best rates; far below them nothing needs to be seen.
        least = min(of_arm.observed for of_arm in shown.values()) - DEPTH
        curves.set(xscale="log", xlabel="learning rate", ylabel="validation accuracy", ylim=(max(-0.03, least), None))
        curves.legend(fontsize=8, title=f"the best {MOST_CURVES}" if len(evidence) > MOST_CURVES else None)
        worth.set_yticks(range(len(shown)), [plain(label) for label in shown])
        worth.set_ylim(len(shown) - 0.5, -0.5)
        worth.margins(x=0.3)
        worth.locator_params(axis="x", nbins=5)
        worth.set_xlabel("validation accuracy at the best rate")
        for axes in (curves, worth):
            axes.grid(alpha=0.25, linewidth=0.6)
        figure.suptitle(plain(title), x=0.01, ha="left")
        return save_figure(figure, form)


def leader_of(evidence: Evidence) -> RateEvidence:
    """The rate that was observed best."""
    return next(rate for rate in evidence.rates if rate.lr == evidence.leader)
