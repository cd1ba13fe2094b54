"""The result of a trial, and the states in which a trial ends."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from lrsearch.records.point import Point
from lrsearch.records.trial import Trial

State: TypeAlias = Literal["ok", "diverged", "pruned", "failed", "oom", "killed"]

FINAL_STATES: frozenset[str] = frozenset({"ok", "diverged", "pruned"})
"""States of results that a resume keeps. The other states are faults of the machine or the code, which are retried."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """The result of one trial.

    Attributes:
        trial: The trial.
        state: How the trial ended. ok, diverged and pruned are caused by the training itself. failed, oom (out of
            memory) and killed are faults of the machine or the code.
        points: The epochs of the trial, in order.
        score: The metric of the search at the scored epoch, in the metric's unit; None if the trial has no score.
        scored_epoch: The epoch, from 1, whose metric is the score; None without a score.
        learned: Whether the network is better than one that predicts the same for every image (see
            `analysis.ranking.has_learned`); None if the state is not ok, or if nothing was tested.
        untrained_loss: Training loss of the network before training, in nats; None if this loss is not known. The
            trainer reports this loss for a trial that did not learn.
        seconds: Wall time of the trial.
        message: A message for the user if something went wrong, otherwise "".
        correct: One bit for each validation image at the scored epoch: 1 if the image was classified correctly. The
            bits are packed by `numpy.packbits`; None without a score, or for a regression.
        values: The metric's value for each validation image at the scored epoch, float32, in the order of the images;
            None without a score, if the metric is not a mean of such values, or if `correct` holds the same values.
        ended: Time at which the result was recorded, in seconds since 1970; None if unknown. Comparisons of results
            ignore this time.
    """

    trial: Trial
    state: State
    points: tuple[Point, ...] = ()
    score: float | None = None
    scored_epoch: int | None = None
    learned: bool | None = None
    untrained_loss: float | None = None
    seconds: float = 0.0
    message: str = ""
    correct: bytes | None = None
    values: bytes | None = None
    ended: float | None = field(default=None, compare=False)

    @property
    def is_final(self) -> bool:
        """Whether a resume keeps this result and does not train the trial again."""
        return self.state in FINAL_STATES

    @property
    def is_candidate(self) -> bool:
        """Whether this result can be the best: state ok, a score, and `learned` true or unknown."""
        return self.state == "ok" and self.learned is not False and self.score is not None
