"""The ramp of a range test: a rate that rises from step to step, and where a curve of losses ends.

Source: Smith 2015, "Cyclical Learning Rates for Training Neural Networks", section 3.3; exponential as in Gugger 2018,
"How do you find a good learning rate".
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Literal

from lrsearch.records import RAMP, Point, Trial

DIVERGES_AT = 4.0
"""By how much the smoothed loss may pass its best before a seed stops: fastai's and Lightning's threshold."""

SMOOTHING = 0.9
"""Weight of what went before in the smoothed loss: a mean over some 10 steps, where fastai takes 50 of its 100."""

FEWEST_STEPS = 30
"""Steps below which a ramp tells nothing: eight decades in steps of a quarter."""


@dataclass(frozen=True, slots=True)
class Ramp:
    """How the rate rises.

    Attributes:
        low: Rate of the first step, > 0.
        high: Rate of the last step, > low.
        steps: Optimizer steps, >= 2, one mini-batch each.
        scale: log: by one factor a step; linear: by one difference.
    """

    low: float = 1e-7
    high: float = 10.0
    steps: int = 150
    scale: Literal["log", "linear"] = "log"

    def rate(self, step: int) -> float:
        """The rate of a step, from 0.

        Example:
            >>> [round(Ramp(0.001, 10.0, 5).rate(step), 6) for step in range(5)]
            [0.001, 0.01, 0.1, 1.0, 10.0]
        """
        share = step / (self.steps - 1)
        if self.scale == "linear":
            return self.low + share * (self.high - self.low)
        return math.exp(math.log(self.low) + share * math.log(self.high / self.low))


def smooth(losses: Sequence[float], weight: float = SMOOTHING) -> list[float]:
    """Exponential mean of the losses so far, freed of its start at zero.

    Args:
        losses: One for each step; finite.
        weight: Of what went before, in [0, 1).

    Source: Kingma & Ba 2014, "Adam", section 3 (the same correction of the start).

    Example:
        >>> [round(loss, 2) for loss in smooth([2.0, 2.0, 1.0])]
        [2.0, 2.0, 1.63]
    """
    mean, smoothed = 0.0, []
    for step, loss in enumerate(losses, start=1):
        mean = weight * mean + (1 - weight) * loss
        smoothed.append(mean / (1 - weight**step))
    return smoothed


def n_stable(losses: Sequence[float]) -> int:
    """Steps before a curve ends: its smoothed loss passes `DIVERGES_AT` times its best, or a loss is not finite.

    Args:
        losses: One for each step.

    Example:
        >>> n_stable([2.0, 1.0, float("nan"), 1.0]), n_stable([2.0, 1.0, 0.5])
        (2, 3)
    """
    n_finite = next((step for step, loss in enumerate(losses) if not math.isfinite(loss)), len(losses))
    smoothed = smooth(losses[:n_finite])
    bests = accumulate(smoothed, min)
    passed = (step for step, (loss, best) in enumerate(zip(smoothed, bests, strict=True)) if loss > DIVERGES_AT * best)
    return next(passed, n_finite)


def step_point(trial: Trial, step: int, loss: float, ramp: Ramp) -> Point:
    """A step of a range test as a Point: `epoch` counts steps, and nothing was validated.

    Args:
        trial: Of stage `RAMP`, or with a rate that stands.
        step: From 0.
        loss: Of the step's mini-batch, before the step.
        ramp: How the rate of a ramp rises.
    """
    return Point(
        trial=trial.number,
        epoch=step + 1,
        train_loss=loss,
        train_accuracy=math.nan,
        val_loss=math.nan,
        val_accuracy=math.nan,
        lr=ramp.rate(step) if trial.stage == RAMP else trial.lr,
        grad_norm=math.nan,
        seconds=0.0,
    )
