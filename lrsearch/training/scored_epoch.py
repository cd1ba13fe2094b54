"""Chooses the scored epoch (the one whose weights you would keep), and stops training early."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from lrsearch.records import Point
from lrsearch.spec import EarlyStopping


class ScoredEpoch:
    """Finds the scored epoch of one trial. Records which images it classified correctly, and whether it had learned.

    Without early stopping this is the last epoch (`scored_epoch: last`) or the one with the highest validation accuracy
    (`scored_epoch: best`, whose accuracy is too high on average). With early stopping it is the epoch whose weights
    would be restored: the one with the lowest validation loss, as Keras and Lightning do (Prechelt 1998, "Early
    Stopping - But When?").
    """

    def __init__(self, score: Literal["last", "best"], early_stopping: EarlyStopping | None) -> None:
        """Start without an epoch."""
        self._score = score
        self._early_stopping = early_stopping
        self._kept: tuple[Point, bytes, Callable[[], bool | None]] | None = None
        self._lowest_loss = float("inf")
        self._epochs_without_gain = 0

    def offer(self, point: Point, correct: NDArray[np.bool_], has_learned: Callable[[], bool | None]) -> None:
        """Offer an epoch, which may become the scored one.

        Args:
            point: The epoch.
            correct: Which validation images are classified correctly after it; (n_val,).
            has_learned: Tests whether the network has learned; called only for a scored epoch.
        """
        if self._is_better(point):
            self._kept = (point, np.packbits(correct).tobytes(), has_learned)

    def _is_better(self, point: Point) -> bool:
        if self._early_stopping is not None:
            gained = point.val_loss < self._lowest_loss - self._early_stopping.min_delta
            self._epochs_without_gain = 0 if gained else self._epochs_without_gain + 1
            self._lowest_loss = point.val_loss if gained else self._lowest_loss
            if self._score == "last":
                return gained
        return self._score == "last" or self._kept is None or point.val_accuracy > self._kept[0].val_accuracy

    @property
    def out_of_patience(self) -> bool:
        """Whether early stopping ends the trial."""
        return self._early_stopping is not None and self._epochs_without_gain >= self._early_stopping.patience

    def state(self) -> dict[str, Any]:
        """Return the state as JSON values. The scored epoch is stored as its number."""
        kept: dict[str, Any] = {"epoch": None, "correct": None, "learned": None}
        if self._kept is not None:
            point, correct, learned = self.kept()
            kept = {"epoch": point.epoch, "correct": correct.hex(), "learned": learned}
        lowest = None if math.isinf(self._lowest_loss) else self._lowest_loss
        return {**kept, "lowest_loss": lowest, "without_gain": self._epochs_without_gain}

    def restore(self, state: Mapping[str, Any], points: Sequence[Point]) -> None:
        """Continue from what `state` returned.

        Args:
            state: The state. Without the key `learned`, as earlier versions wrote it, nobody knows whether the scored
                epoch had learned.
            points: The epochs so far, in order.
        """
        if state["epoch"] is not None:
            learned: bool | None = state.get("learned")
            self._kept = (points[state["epoch"] - 1], bytes.fromhex(state["correct"]), lambda: learned)
        self._lowest_loss = math.inf if state["lowest_loss"] is None else float(state["lowest_loss"])
        self._epochs_without_gain = int(state["without_gain"])

    def kept(self) -> tuple[Point, bytes, bool | None]:
        """Return the scored epoch, a bit per validation image (`numpy.packbits`), and whether the network has learned.

        A bit is 1 if the image is classified correctly.
        """
        assert self._kept is not None, "a finished trial must have at least one epoch"  # noqa: S101  (an invariant)
        point, correct, has_learned = self._kept
        return point, correct, has_learned()
