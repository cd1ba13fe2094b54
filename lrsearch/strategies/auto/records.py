"""The records of `auto`: its settings, the trainings that it asks for, and its answer."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from lrsearch.analysis.ranking import SHARES, Scale

if TYPE_CHECKING:
    from lrsearch.analysis.auto import AutoRun, Judgement

ScaleOf: TypeAlias = Callable[[Mapping[float, Sequence[float]]], Scale]
"""Makes the scale of a search from the scores of the rates that learned, by log10 of the rate."""


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
        scan_epochs: Epochs of a training of the scan; None for an eighth of the epochs.
        budget: Trainings to spend.
        margin: Difference that does not matter, as `search.margin`; None for twice the metric's margin.
        suggested: log10 of a rate to begin with; None for none.
        untrained_loss: Training loss of an untrained network.
        scale_of: Makes the scale on which scores are compared.
        scores_last: Whether the last epoch of a training is the scored one, as it is without early stopping.
    """

    low: float
    high: float
    epochs: int
    constant: bool
    scan_epochs: int | None = None
    budget: float = 10.0
    margin: float | None = None
    suggested: float | None = None
    untrained_loss: float = math.inf
    scale_of: ScaleOf = lambda _: SHARES
    scores_last: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The judgement of the trainings so far; at the end of the search, the answer.

    Attributes:
        rec: log10 of the recommended rate; None if no rate can be recommended.
        settled: Whether another rate can be better by no more than the margin.
        judgement: The fitted curve and what follows from it; None with fewer than three rates near the top.
        spent: Trainings spent, in whole trainings.
        margin: The margin in points.
        scale: The scale of the points.
        cliff: log10 of the lowest rate above the best ones at which training broke; None if there is none.
        scanned: The latest training of each scanned rate.
        n_good: Number of whole trainings behind the answer.
    """

    rec: float | None = None
    settled: bool = False
    judgement: Judgement | None = None
    spent: float = 0.0
    margin: float = math.nan
    scale: Scale = SHARES
    cliff: float | None = None
    scanned: tuple[AutoRun, ...] = ()
    n_good: int = 0


@dataclass(frozen=True, slots=True)
class Step:
    """Trainings to run next, and the reason for them.

    Attributes:
        stage: scan, bracket or fill.
        why: What the step does and why, as text for the user, without rates and scores.
        requests: The trainings, all different.
        standing: The judgement of the trainings so far.
    """

    stage: str
    why: str
    requests: tuple[Request, ...]
    standing: Standing
