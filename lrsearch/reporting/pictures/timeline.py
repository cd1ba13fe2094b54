"""Draws a timeline: when each trial of a run ran."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from lrsearch.records import Result
from lrsearch.reporting.pictures.style import (
    MOST_MARKS,
    RED,
    Form,
    Margins,
    load_matplotlib,
    mark_decades,
    new_figure,
    plain,
    save_figure,
    thinned,
)

if TYPE_CHECKING:
    from lrsearch.runs import Run


def timeline_picture(run: Run, form: Form) -> bytes | None:
    """Draw when each trial ran, coloured by the learning rate. Time starts with the first trial; pauses are left out.

    Args:
        run: The run.
        form: png or svg.

    Returns:
        The contents of a picture file; None if the log has no times of trials, or if no arm trains one trial at a time.
    """
    load_matplotlib()
    from matplotlib import colormaps
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import LogNorm

    alone = {arm for arm in run.arms if run.manifest.plan_of(arm).engine.value == "single"}
    spans = thinned(trial_spans([result for result in run.results if result.trial.arm in alone]), MOST_MARKS)
    if not spans:
        return None
    lanes = pack_lanes([(start, end) for start, end, _ in spans])
    n_lanes = max(lanes) + 1
    with new_figure(9, min(8.0, 2.3 + 0.16 * n_lanes), Margins(left=0.4, right=0.1)) as figure:
        axes = figure.subplots()
        rates = [result.trial.lr for _, _, result in spans]
        low, high = min(rates), max(rates)
        norm, colours = LogNorm(low, high if high > low else low * 1.1), colormaps["viridis"].resampled(48)
        starts = [start for start, _, _ in spans]
        widths = [end - start for start, end, _ in spans]
        edges = [RED if result.state != "ok" else "white" for _, _, result in spans]
        axes.barh(lanes, widths, left=starts, height=0.85, color=colours(norm(rates)), edgecolor=edges, linewidth=0.6)
        axes.set(
            xlabel="seconds since the first trial began, without pauses", yticks=[], ylabel="trials at the same time"
        )
        axes.invert_yaxis()
        axes.set_title(plain(f"{run.name}: when each trial ran (red edge: diverged or failed)"), loc="left")
        bar = figure.colorbar(ScalarMappable(norm, colours), ax=axes, label="learning rate", pad=0.02, ticks=[])
        mark_decades(bar.ax.yaxis, low, high)
        return save_figure(figure, form)


def trial_spans(results: Sequence[Result]) -> list[tuple[float, float, Result]]:
    """Compute the start and the end of each trial, in seconds after the first start, sorted by start.

    Trials without a known end are left out. Pauses in which no trial ran are cut out, for example between a stop and a
    resume.
    """
    known = sorted(
        ((result.ended - max(result.seconds, 0.0), result.ended, result) for result in results if result.ended),
        key=lambda span: span[:2],
    )
    spans: list[tuple[float, float, Result]] = []
    cut = reached = known[0][0] if known else 0.0
    for start, end, result in known:
        if start > reached:
            cut += start - reached
        reached = max(reached, end)
        spans.append((start - cut, end - cut, result))
    return spans


def pack_lanes(spans: Sequence[tuple[float, float]]) -> list[int]:
    """Assign each span to the first free lane. The spans are sorted by start.

    Example:
        >>> pack_lanes([(0, 2), (1, 3), (2, 4)])
        [0, 1, 0]
    """
    ends: list[float] = []
    lanes = []
    for start, end in spans:
        lane = next((lane for lane, until in enumerate(ends) if until <= start + 1e-9), len(ends))
        ends[lane : lane + 1] = [end]
        lanes.append(lane)
    return lanes
