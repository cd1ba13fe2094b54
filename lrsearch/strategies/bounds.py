"""Computes the scores below which a training is pruned, from earlier trainings, when a trial is proposed.

- `median`: after each epoch, a training must be at least as good as the median of the whole trainings before it.
  Source: Golovin et al. 2017, "Google Vizier", section 3.5, as `optuna.pruners.MedianPruner`.
- `halving`: after some epochs (rungs), a training must be among the best 1 / eta of those that came so far. Source: Li
  et al. 2018, "A System for Massively Parallel Hyperparameter Tuning" (ASHA).
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

from lrsearch.analysis.ranking import learned_scores, scale_of
from lrsearch.catalog import Metric
from lrsearch.records import Result, Task
from lrsearch.spec import Spec, rises_first, search_metric

FEWEST_TRAININGS = 4
"""Minimum number of trainings that a training is compared with."""

FIRST_SHARE, FIRST_SHARE_RISING = 1 / 4, 1 / 2
"""No training is pruned in this share of its epochs, because the best rate often begins slowly."""

NEAR = 0.05
"""No training is pruned if its level is within this distance of the best level at the same epoch: 5 points.

With both rules, the truly best rate was pruned in 0 to 3 % of searches that were replayed on measured learning curves
(`tests/benchmarks/pruning.py`), and in 0 to 7 % where the rate rises first; without them, in 2 to 27 %."""


@dataclass(frozen=True, slots=True)
class Course:
    """The learning curve of one training.

    Attributes:
        levels: The metric after each epoch, turned so that higher is better. If the best epoch counts, the best so far.
        is_whole: Whether the training came to its end.
    """

    levels: Mapping[int, float]
    is_whole: bool


def course_of(result: Result, metric: Metric, *, is_best: bool = False) -> Course:
    """Return the learning curve of a training.

    Args:
        result: Its result; final.
        metric: The metric of the search.
        is_best: Whether the best epoch counts (`search.scored_epoch: best`).
    """
    levels = [metric.oriented(point.metrics.get(metric.name, math.nan)) for point in result.points]
    kept = accumulate(levels, max) if is_best else levels
    by_epoch = {point.epoch: level for point, level in zip(result.points, kept, strict=True) if math.isfinite(level)}
    return Course(by_epoch, is_whole=result.state == "ok")


def rungs(first: int, eta: int, epochs: int) -> tuple[int, ...]:
    """Return the epochs after which successive halving compares, below the last one.

    Args:
        first: The first rung, >= 1.
        eta: Each rung is this many times as late as the rung before it, >= 2.
        epochs: Epochs of a whole training.

    Example:
        >>> rungs(2, 2, 20), rungs(1, 3, 81), rungs(1, 2, 1)
        ((2, 4, 8, 16), (1, 3, 9, 27), ())
    """
    found = []
    while first < epochs:
        found.append(first)
        first *= eta
    return tuple(found)


def median_bounds(courses: Sequence[Course], first: int, last: int, near: float) -> dict[int, float]:
    """Return the median level of the whole trainings after each epoch, lowered so that it is not near the best level.

    Args:
        courses: The trainings so far.
        first: First epoch with a bound.
        last: Last epoch of a whole training, which has no bound.
        near: Least difference between a bound and the best level at its epoch.
    """
    bounds = {}
    for epoch in range(first, last):
        levels = [course.levels[epoch] for course in courses if epoch in course.levels and course.is_whole]
        if len(levels) >= FEWEST_TRAININGS:
            bounds[epoch] = min(statistics.median(levels), max(levels) - near)
    return bounds


def halving_bounds(courses: Sequence[Course], epochs: Sequence[int], eta: int, near: float) -> dict[int, float]:
    """Return the level that one of `eta` trainings reached at each rung, lowered so that it is not near the best level.

    Args:
        courses: The trainings so far. One that broke before the first rung counts there as the worst.
        epochs: The rungs.
        eta: One of this many trainings goes on.
        near: Least difference between a bound and the best level at its epoch.
    """
    bounds = {}
    for epoch in epochs:
        levels = [course.levels[epoch] for course in courses if epoch in course.levels]
        if epoch == epochs[0]:
            levels += [-math.inf] * (len(courses) - len(levels))
        if len(levels) >= FEWEST_TRAININGS:
            bound = min(sorted(levels, reverse=True)[max(1, len(levels) // eta) - 1], max(levels) - near)
            if math.isfinite(bound):
                bounds[epoch] = bound
    return bounds


def stop_bounds(spec: Spec, task: Task, results: Sequence[Result]) -> dict[int, float]:
    """Return the bounds of a new trial (`Trial.stop_below`), in the unit of the metric.

    Args:
        spec: The spec of the arm; `search.prune` names the rule.
        task: What the arm trains.
        results: The results of the first seed of earlier rates. Faults are ignored.
    """
    search, metric = spec.search, search_metric(spec)
    results = [result for result in results if result.is_final]
    courses = [course_of(result, metric, is_best=search.scored_epoch == "best") for result in results]
    # The epochs of a program are those that it reports.
    last = max((max(course.levels, default=0) for course in courses if course.is_whole), default=0)
    share = FIRST_SHARE_RISING if rises_first(spec) else FIRST_SHARE
    first = search.min_epochs or max(1, math.ceil(last * share))
    near = NEAR * scale_of(metric, task, learned_scores(results)).span
    if search.prune == "median":
        bounds = median_bounds(courses, first, last, near)
    else:
        bounds = halving_bounds(courses, rungs(first, search.eta, last), search.eta, near)
    return {epoch: metric.oriented(level) for epoch, level in bounds.items()}
