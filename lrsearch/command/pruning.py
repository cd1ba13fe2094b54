"""Whether a program is stopped early, because its metric is worse than the bound of its trial (`Trial.stop_below`)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from lrsearch.records import Point, Trial
from lrsearch.wording import significant

Prune: TypeAlias = Callable[[Trial, Point], str]
"""Says why a trial ends as pruned after an epoch; "" if the trial goes on."""


def pruner(metric: str, *, lower_is_better: bool) -> Prune:
    """Return the function that compares the metric after an epoch with the trial's bound for this epoch.

    Args:
        metric: Name of the metric.
        lower_is_better: Whether lower values are better.
    """

    def prune(trial: Trial, point: Point) -> str:
        bound, value = trial.stop_below.get(point.epoch), point.metrics[metric]
        if bound is None or not (value > bound if lower_is_better else value < bound):
            return ""
        side = "above" if lower_is_better else "below"
        return f"after epoch {point.epoch}, {significant(value)} is {side} {significant(bound)}"

    return prune


def never_prune(trial: Trial, point: Point) -> str:  # noqa: ARG001  (the form of `Prune`)
    """Let every trial go on."""
    return ""
