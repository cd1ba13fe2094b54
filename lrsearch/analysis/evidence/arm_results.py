"""The results of one arm with equal overrides, and what was computed from these results so far."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lrsearch.analysis.evidence.fit import Fit
from lrsearch.analysis.evidence.noise import Noise
from lrsearch.analysis.evidence.observations import Observations
from lrsearch.analysis.evidence.verdicts import Outcome, mean_learning_curve
from lrsearch.analysis.ranking import Scale
from lrsearch.records import Point, Result


@dataclass(frozen=True, slots=True, eq=False)
class ArmResults:
    """The results of one arm with equal overrides, and what was computed from these results so far.

    Attributes:
        arm: Name of the arm.
        overrides: The overrides that all its trials have.
        judged: The results that count, by rate, ascending.
        outcomes: How each of these results ended, by rate.
        broke: The rates at which a seed collapsed or diverged, or was pruned in such a state.
        observations: The scores of the rates that trained with every seed.
        noise: The noise of the scores.
        tied: For each rate of `observations`, whether the rate is statistically tied with the best; (rates,).
        fit: The fitted curve; None if no curve could be fitted.
    """

    arm: str
    overrides: Mapping[str, object]
    judged: Mapping[float, Sequence[Result]]
    outcomes: Mapping[float, Sequence[Outcome]]
    broke: frozenset[float]
    observations: Observations
    noise: Noise
    tied: NDArray[np.bool_]
    fit: Fit | None

    @property
    def scale(self) -> Scale:
        """The scale of the scores."""
        return self.observations.scale

    @property
    def leader(self) -> float:
        """The rate that the ranking puts first."""
        return float(self.observations.lrs[self.observations.leader])

    def level_of(self, point: Point) -> float:
        """Return the level of the metric after an epoch."""
        return self.scale.level(point.metrics.get(self.scale.metric.name, math.nan))

    @property
    def tied_lrs(self) -> list[float]:
        """The rates that are statistically tied with the best, ascending."""
        return [float(lr) for lr in self.observations.lrs[self.tied]]

    def fails_above(self, lr: float) -> float | None:
        """Return the smallest rate above `lr` at which a seed collapsed or diverged, or was pruned in such a state."""
        return min((rate for rate in self.broke if rate > lr), default=None)

    @property
    def stable_to(self) -> float:
        """The largest rate below the stability limit that trained with every seed; see `Evidence.stable_to`."""
        limit = self.fails_above(self.tied_lrs[0]) or math.inf
        return max(float(lr) for lr in self.observations.lrs if lr < limit)


def mean_losses(results: Sequence[Result]) -> tuple[list[float], list[float]]:
    """Compute the mean learning curves of validation loss and training loss."""
    of_val = mean_learning_curve(results, lambda point: point.val_loss)
    return of_val, mean_learning_curve(results, lambda point: point.train_loss)
