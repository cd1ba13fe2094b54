"""Chooses the scored epoch, whose weights you would keep, and stops training early."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from lrsearch.catalog import VAL_ACCURACY, Metric
from lrsearch.records import Point
from lrsearch.spec import EarlyStopping


@dataclass(frozen=True, slots=True)
class Kept:
    """The scored epoch.

    Attributes:
        point: The epoch.
        score: The value of the metric after this epoch.
        correct: One bit for each validation image (`numpy.packbits`): 1 if the image is classified correctly; None for
            a regression.
        values: The metric's value for each validation image, float32; None if `Result.values` does not keep them.
        has_learned: Function that returns whether the network had learned after this epoch; None if this is not known.
    """

    point: Point
    score: float
    correct: bytes | None
    values: bytes | None
    has_learned: Callable[[], bool | None]


class ScoredEpoch:
    """Finds the scored epoch of one trial, and records the network's answers after this epoch.

    Without early stopping, the scored epoch is the last epoch (`scored_epoch: last`) or the epoch with the best value
    of the metric (`scored_epoch: best`, optimistic). With early stopping, the scored epoch is the epoch with the lowest
    validation loss, whose weights Keras and Lightning would restore (Prechelt 1998, "Early Stopping - But When?").
    """

    def __init__(
        self, score: Literal["last", "best"], early_stopping: EarlyStopping | None, metric: Metric = VAL_ACCURACY
    ) -> None:
        """Start without an epoch."""
        self._score, self._metric = score, metric
        self._early_stopping = early_stopping
        self._kept: Kept | None = None
        self._lowest_loss = float("inf")
        self._epochs_without_gain = 0

    def offer(
        self,
        point: Point,
        correct: NDArray[np.bool_] | None,
        has_learned: Callable[[], bool | None],
        values: NDArray[np.floating] | None = None,
    ) -> None:
        """Compare a new epoch with the scored epoch so far. The new epoch becomes the scored epoch if it is better.

        Args:
            point: The epoch.
            correct: Which validation images are classified correctly after the epoch; (n_val,). None for a regression.
            has_learned: Tests whether the network has learned; called only for a scored epoch.
            values: The metric's value for each validation image; None if they are not kept; (n_val,).
        """
        if self._is_better(point):
            kept = None if values is None else values.astype(np.float32).tobytes()
            bits = None if correct is None else np.packbits(correct).tobytes()
            self._kept = Kept(point, self._value(point), bits, kept, has_learned)

    def _value(self, point: Point) -> float:
        return point.metrics.get(self._metric.name, math.nan)

    def _is_better(self, point: Point) -> bool:
        if self._early_stopping is not None:
            gained = point.val_loss < self._lowest_loss - self._early_stopping.min_delta
            self._epochs_without_gain = 0 if gained else self._epochs_without_gain + 1
            self._lowest_loss = point.val_loss if gained else self._lowest_loss
            if self._score == "last":
                return gained
        return self._score == "last" or self._kept is None or self.is_worse(self._kept.score, self._value(point))

    def is_worse(self, score: float, other: float) -> bool:
        """Whether a score is worse than another score."""
        return self._metric.oriented(score) < self._metric.oriented(other)

    @property
    def out_of_patience(self) -> bool:
        """Whether early stopping ends the trial."""
        return self._early_stopping is not None and self._epochs_without_gain >= self._early_stopping.patience

    def state(self) -> dict[str, Any]:
        """Return the state as JSON values. The number of the scored epoch is stored."""
        state: dict[str, Any] = {"epoch": None, "correct": None, "learned": None}
        if self._kept is not None:
            kept = self._kept
            correct = None if kept.correct is None else kept.correct.hex()
            state = {"epoch": kept.point.epoch, "correct": correct, "learned": kept.has_learned()}
            state |= {} if kept.values is None else {"values": kept.values.hex()}
        lowest = None if math.isinf(self._lowest_loss) else self._lowest_loss
        return {**state, "lowest_loss": lowest, "without_gain": self._epochs_without_gain}

    def restore(self, state: Mapping[str, Any], points: Sequence[Point]) -> None:
        """Continue from what `state` returned.

        Args:
            state: The state. States of earlier versions have no key `learned`. It is then not known whether the network
                had learned at the scored epoch.
            points: The epochs so far, in order.
        """
        if state["epoch"] is not None:
            learned: bool | None = state.get("learned")
            point, values = points[state["epoch"] - 1], state.get("values")
            correct = state["correct"]
            self._kept = Kept(
                point,
                self._value(point),
                None if correct is None else bytes.fromhex(correct),
                None if values is None else bytes.fromhex(values),
                lambda: learned,
            )
        self._lowest_loss = math.inf if state["lowest_loss"] is None else float(state["lowest_loss"])
        self._epochs_without_gain = int(state["without_gain"])

    def kept(self) -> Kept:
        """Return the scored epoch."""
        assert self._kept is not None, "a finished trial must have at least one epoch"  # noqa: S101  (an invariant)
        return self._kept
