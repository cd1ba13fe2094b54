"""The ramp of a range test: how the rate rises from step to step, and at which step a loss curve ends.

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
"""The ramp of a seed ends when its smoothed loss is more than this many times its lowest loss so far, as in fastai."""

SMOOTHING = 0.9
"""Weight of the earlier losses in the smoothed loss: a mean over about 10 steps. fastai averages over about 50."""

FEWEST_STEPS = 30
"""Minimum number of steps of a useful ramp: enough for eight decades in steps of about a quarter of a decade."""


@dataclass(frozen=True, slots=True)
class Ramp:
    """How the rate rises from the first step to the last.

    Attributes:
        low: Rate of the first step, > 0.
        high: Rate of the last step, > low.
        steps: Number of optimizer steps, >= 2; each uses one mini-batch.
        scale: log: each step multiplies the rate by the same factor; linear: each step adds the same amount.
    """

    low: float = 1e-7
    high: float = 10.0
    steps: int = 150
    scale: Literal["log", "linear"] = "log"

    def rate(self, step: int) -> float:
        """Compute the rate of a step, counted from 0.

        Example:
            >>> [round(Ramp(0.001, 10.0, 5).rate(step), 6) for step in range(5)]
            [0.001, 0.01, 0.1, 1.0, 10.0]
        """
        share = step / (self.steps - 1)
        if self.scale == "linear":
            return self.low + share * (self.high - self.low)
        return math.exp(math.log(self.low) + share * math.log(self.high / self.low))


def smooth(losses: Sequence[float], weight: float = SMOOTHING) -> list[float]:
    """Compute the exponential moving average of the losses, with bias correction for its start at zero.

    Args:
        losses: One for each step; finite.
        weight: Weight of the earlier losses, in [0, 1).

    Returns:
        One smoothed loss for each step.

    Source: Kingma & Ba 2014, "Adam", section 3 (the same bias correction).

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
    """Count the steps of a loss curve until it ends.

    A curve ends at the first loss that is not finite, or when its smoothed loss is more than `DIVERGES_AT` times its
    best smoothed loss so far.

    Args:
        losses: One for each step.

    Returns:
        The number of steps before the end; all of them if the curve does not end.

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
    """Record one step of a range test as a Point: `epoch` counts steps, and the training loss is its only metric.

    Args:
        trial: A ramp (stage `RAMP`), or a probe with a constant rate.
        step: The step, from 0.
        loss: Loss on the step's mini-batch, before the step.
        ramp: How the rate of a ramp rises.
    """
    return Point(
        trial=trial.number,
        epoch=step + 1,
        lr=ramp.rate(step) if trial.stage == RAMP else trial.lr,
        seconds=0.0,
        metrics={"train_loss": loss},
    )
