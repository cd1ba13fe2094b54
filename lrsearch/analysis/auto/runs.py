"""The records of the trainings that `auto` has seen so far."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from lrsearch.analysis.ranking import Scale

NEAR_POINTS = 5.0
"""The curve is fitted only to runs whose scores are within this many points of the leader's mean score."""


@dataclass(frozen=True, slots=True)
class AutoRun:
    """One training, or the beginning of one.

    Attributes:
        x: log10 of the learning rate.
        repeat: Number of the seed.
        horizon: Epochs that the schedule covers.
        until: Epochs trained.
        scores: Score after each epoch: in the metric's own unit, or as points (`in_points`).
        losses: Training loss of each epoch.
        learned: Whether the network learned anything.
        untrained_loss: Training loss of the network before training; None if it is not known.
        is_fault: Whether a fault of the machine or the code ended the training. Such a training says nothing about its
            rate.
    """

    x: float
    repeat: int
    horizon: int
    until: int
    scores: tuple[float, ...]
    losses: tuple[float, ...]
    learned: bool
    untrained_loss: float | None = None
    is_fault: bool = False

    @property
    def score(self) -> float:
        """The score after the last epoch."""
        return self.scores[-1]


def in_points(runs: Sequence[AutoRun], scale: Scale) -> list[AutoRun]:
    """Convert the scores of some runs to points: hundredths of a level of the scale, so that higher is better."""
    return [replace(run, scores=tuple(100 * scale.level(score) for score in run.scores)) for run in runs]


def leader_of(runs: Sequence[AutoRun]) -> float:
    """Return log10 of the rate with the highest mean score.

    All runs must have learned, and have their scores in points.
    """
    by_rate: dict[float, list[float]] = {}
    for run in runs:
        by_rate.setdefault(run.x, []).append(run.score)
    return max(by_rate, key=lambda x: (math.fsum(by_rate[x]) / len(by_rate[x]), -x))


def near_runs(good: Sequence[AutoRun]) -> list[AutoRun]:
    """Return the runs of the rates whose mean scores are within `NEAR_POINTS` of the leader's.

    Scores must be in points.
    """
    by_rate: dict[float, list[float]] = {}
    for run in good:
        by_rate.setdefault(run.x, []).append(run.score)
    means = {x: math.fsum(scores) / len(scores) for x, scores in by_rate.items()}
    best = max(means.values())
    return [run for run in good if means[run.x] >= best - NEAR_POINTS]
