"""Converts scores to a common scale, on which higher is better for every metric."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from lrsearch.catalog import VAL_ACCURACY, Metric
from lrsearch.records import Result, Task


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """Converts scores to levels, which the analysis compares: score / span, with the sign changed if lower is better.

    The level of a share is the share itself, or minus the share. For a real number, such as a loss, a level difference
    of 1 is the distance from the best constant prediction to the best training. So a level difference of 0.01 counts as
    much as one percentage point of accuracy.

    Attributes:
        metric: The metric.
        span: The difference between two scores that is a level difference of 1; > 0.
        constant: Score of the best constant prediction; None if unknown.
        is_from_constant: Whether the span is the distance from the constant to the best score.
    """

    metric: Metric = VAL_ACCURACY
    span: float = 1.0
    constant: float | None = None
    is_from_constant: bool = False

    def level(self, score: float) -> float:
        """Return the level of a score."""
        return self.metric.oriented(score) / self.span

    def score(self, level: float) -> float:
        """Return the score of a level."""
        return self.metric.oriented(level * self.span)

    def interval(self, low: float, high: float) -> tuple[float, float]:
        """Convert two levels to scores, and return the lower score first."""
        first, second = self.score(low), self.score(high)
        return min(first, second), max(first, second)

    @property
    def bounds(self) -> tuple[float, float]:
        """The lowest and the highest possible level."""
        highest = 1.0 if self.metric.scale == "share" else math.inf
        lowest = -math.inf if self.metric.lowest is None else self.metric.lowest
        ends = self.level(lowest), self.level(highest)
        return min(ends), max(ends)

    @property
    def margin(self) -> float:
        """The difference of two scores that does not matter, in the metric's unit (for a share, 0.01 is 1 %)."""
        return self.metric.margin * self.span

    def margin_level(self, margin: float | None) -> float:
        """Return a margin as a difference of levels.

        Args:
            margin: In percentage points for a share, otherwise in the metric's unit; None for the metric's own margin.
        """
        if margin is None:
            return self.metric.margin
        return margin / 100 if self.metric.scale == "share" else margin / self.span


SHARES = Scale()
"""The scale of validation accuracies: a level is the accuracy itself."""


def constant_score(metric: Metric, task: Task | None) -> float | None:
    """Return the score of the best constant prediction; None if this score is not known."""
    return None if task is None else task.baseline(metric.name).constant


def scale_of(metric: Metric, task: Task | None, scores_of: Mapping[float, Sequence[float]]) -> Scale:
    """Make the scale of a search.

    The span of a real number is the distance from the best constant prediction to the best mean score. If the constant
    is not known, or if no rate is better than the constant prediction, the span is 100 times the spread of single
    trainings near the best. (In small searches, a percentage point of accuracy is one or two spreads.) The spread is
    the median of the standard deviations over seeds of the 5 best rates. If no rate has two seeds, the spread is not
    known. The span is then the distance from the best rate to the rate that is worse than two thirds of all other
    rates. So rates at which training breaks do not make this span larger.

    Args:
        metric: The metric.
        task: The task.
        scores_of: Finite scores of the rates that learned, by rate.
    """
    constant = constant_score(metric, task)
    if metric.scale == "share":
        return Scale(metric=metric, constant=constant)
    means = {lr: math.fsum(scores) / len(scores) for lr, scores in sorted(scores_of.items()) if scores}
    if not means:
        return Scale(metric=metric, constant=constant)
    best = max(map(metric.oriented, means.values()))
    distance = 0.0 if constant is None else best - metric.oriented(constant)
    if distance > 0:
        return Scale(metric=metric, span=distance, constant=constant, is_from_constant=True)
    distance = _distance(metric, means, scores_of)
    if distance <= 0:
        distance = abs(best) or 1.0
    return Scale(metric=metric, span=distance, constant=constant)


def learned_scores(results: Iterable[Result]) -> dict[float, list[float]]:
    """Collect the finite scores of the rates of one arm that learned with every seed, by rate.

    Args:
        results: The results that count, such as those of `comparable`, with equal overrides. Faults are ignored.
    """
    of_rates: dict[float, list[Result]] = {}
    for result in results:
        if result.is_final:
            of_rates.setdefault(result.trial.lr, []).append(result)
    return {
        lr: [each.score for each in of_rate if each.score is not None]
        for lr, of_rate in of_rates.items()
        if all(each.is_candidate and math.isfinite(each.score or 0.0) for each in of_rate)
    }


def _distance(metric: Metric, means: Mapping[float, float], scores_of: Mapping[float, Sequence[float]]) -> float:
    """Return the span of a metric whose constant prediction is not known; 0 with too few trainings."""
    order = sorted(means, key=lambda lr: -metric.oriented(means[lr]))
    of_seeds = [_sd(scores_of[lr], means[lr]) for lr in order[:5] if len(scores_of[lr]) > 1]
    if of_seeds:
        return 100 * _median(of_seeds)
    return abs(means[order[0]] - means[order[2 * (len(order) - 1) // 3]])


def _sd(scores: Sequence[float], mean: float) -> float:
    return math.sqrt(math.fsum((score - mean) ** 2 for score in scores) / (len(scores) - 1))


def _median(values: Sequence[float]) -> float:
    return sorted(values)[(len(values) - 1) // 2]
