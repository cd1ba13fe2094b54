"""Ranks the results of a run by another metric, from the epochs in its log. Nothing is trained or written."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from lrsearch.catalog import Metric
from lrsearch.errors import UsageError
from lrsearch.records import Point, Result
from lrsearch.spec import change_spec, full_metric, search_metric
from lrsearch.wording import one_line, some_of

if TYPE_CHECKING:
    from lrsearch.runs.run import Run

_MOST_NAMED = 20


def ranked_by(run: Run, metric: object, source: str = "metric") -> Run:
    """Return the run with the scores of another metric.

    With `search.scored_epoch: best`, the scored epoch becomes the best epoch by the new metric. Otherwise the scored
    epoch stays the same. `Result.learned` does not change.

    Args:
        run: The run.
        metric: The name of a built-in metric, or {name: x, goal: min} for any other metric in the log.
        source: The source of the metric, as named in problems.

    Raises:
        SpecError: There is no such metric.
        UsageError: The log does not have the metric for every result with a score.
    """
    if run.manifest.program is not None:
        metric = full_metric(metric, replace(run.manifest.program.program.keys, is_share=False))
    spec = change_spec(run.spec, {"search.metric": metric}, source)
    found = search_metric(spec)
    if found == run.metric:
        return run
    lacking = [result for result in run.log if result.score is not None and not _has(result, found)]
    if lacking:
        known = sorted({name for result in run.log for point in result.points for name in point.metrics})
        where = f"; it has {some_of(list(map(one_line, known)), _MOST_NAMED)}" if known else ""
        raise UsageError(f"{source}: the log of {run.name} has no '{one_line(found.name)}'{where}")
    is_best = spec.search.scored_epoch == "best"
    note = f"ranked by {found.label}, from the same log; the search used {run.metric.label}"
    log = tuple(_scored_by(result, found, is_best=is_best) for result in run.log)
    return replace(run, spec=spec, log=log, notes=(*run.notes, note))


def _has(result: Result, metric: Metric) -> bool:
    return bool(result.points) and all(math.isfinite(_value(point, metric)) for point in result.points)


def _value(point: Point, metric: Metric) -> float:
    return point.metrics.get(metric.name, math.nan)


def _scored_by(result: Result, metric: Metric, *, is_best: bool) -> Result:
    if result.score is None:
        return result
    if is_best:
        point = max(result.points, key=lambda point: (metric.oriented(_value(point, metric)), -point.epoch))
    else:
        point = next(each for each in result.points if each.epoch == result.scored_epoch)
    return replace(
        result,
        score=_value(point, metric),
        scored_epoch=point.epoch,
        correct=result.correct if point.epoch == result.scored_epoch else None,
        values=None,  # the stored values are those of the run's own metric
    )
