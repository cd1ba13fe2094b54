"""The records of `auto`: its settings, the trainings that it asks for, and its answer."""

from __future__ import annotations

import math
from dataclasses import dataclass

from lrsearch.analysis.auto import Judgement


@dataclass(frozen=True, slots=True)
class Request:
    """A training that `auto` asks for: log10 of the rate, the repeat, and its epochs."""

    x: float
    repeat: int
    horizon: int
    until: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AutoSettings:
    """The settings of one search.

    Attributes:
        low: log10 of the lowest rate of the range.
        high: log10 of the highest rate of the range.
        epochs: Epochs of a whole training.
        constant: Whether the rate is the same at every step: no schedule, no warm-up.
        budget: Trainings to spend.
        margin: Points by which another rate may be better.
        suggested: log10 of a rate to begin with; None for none.
        untrained_loss: Training loss of an untrained network.
    """

    low: float
    high: float
    epochs: int
    constant: bool
    budget: float = 10.0
    margin: float = 0.5
    suggested: float | None = None
    untrained_loss: float = math.inf


@dataclass(frozen=True)
class AutoAnswer:
    """The answer of `auto`.

    Attributes:
        rec: log10 of the recommended rate; None if no rate learned.
        settled: Whether another rate can be better by no more than the margin.
        judgement: The judgement behind it; None with fewer than three rates near the top.
        spent: Trainings spent, in whole trainings.
    """

    rec: float | None
    settled: bool
    judgement: Judgement | None
    spent: float
