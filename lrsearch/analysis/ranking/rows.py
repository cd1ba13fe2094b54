"""The rows of a ranking: one learning rate of one arm each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

CONFIRM = "confirm"
"""The stage of a search whose seeds had no part in choosing its rates."""

RowState: TypeAlias = Literal["ok", "pruned", "too low", "too high", "collapsed", "diverged", "failed", "oom", "killed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One learning rate of one arm, over its repeats.

    Attributes:
        rank: Place in the ranking of its arm, from 1.
        arm: Name of the arm, "" where the spec has none.
        arm_rank: Place of the arm among the arms, from 1.
        lr: The learning rate, > 0.
        state: What became of it; the worst of its repeats. `too low` and `too high` lie below and above the best
            rate and are clearly worse; `collapsed` did not learn and lies above it.
        n: Number of repeats, those that ended in a fault apart.
        val_accuracy: Mean score over the repeats that have one, in [0, 1]; None where none has.
        val_accuracy_sd: Its standard deviation over repeats (n - 1 below the root); None for fewer than two.
        val_accuracy_low: Lower end of the interval of confidence 0.95 of the mean score over seeds, in [0, 1]; None
            where it was not weighed.
        val_accuracy_high: Its upper end.
        tied: Whether chance cannot tell it from the best of its arm; None where it was not weighed.
        verdict: good, too low, too high, unstable, overfitting or unknown; None where it was not weighed.
        train_accuracy: Mean training accuracy at the scored epoch (the last, without a score), in [0, 1].
        val_loss: Mean validation loss at that epoch; None where it is not finite.
        best_epoch: The scored epoch, from 1: the lower median over repeats.
        seconds: Training time of all repeats together.
        epochs_to_target: The first epoch at which the mean validation accuracy was 99 % of the best rate's score over
            all arms; None where it never was.
        seconds_to_target: Training time of one repeat up to the end of that epoch, in the mean.
        confirmed: Whether it counts by seeds that had no part in choosing it.
        message: What happened, for people; "" when all went well.
    """

    rank: int
    arm: str
    arm_rank: int = 1
    lr: float
    state: RowState
    n: int
    val_accuracy: float | None = None
    val_accuracy_sd: float | None = None
    val_accuracy_low: float | None = None
    val_accuracy_high: float | None = None
    tied: bool | None = None
    verdict: str | None = None
    train_accuracy: float | None = None
    val_loss: float | None = None
    best_epoch: int | None = None
    seconds: float = 0.0
    epochs_to_target: int | None = None
    seconds_to_target: float | None = None
    confirmed: bool = False
    message: str = ""

    @property
    def standing(self) -> str:
        """The state as people read it: best, tied, or what became of it; and whether it was confirmed."""
        ok = "best" if self.rank == 1 else "tied" if self.tied else ""
        words = [ok if self.state == "ok" else self.state, "confirmed" if self.confirmed else ""]
        return ", ".join(filter(None, words))


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """All rows, arm by arm, best first.

    Attributes:
        rows: One for each arm and learning rate: the arm with the best rate first, and within each arm ranks 1, 2, ...
        n_trials: Trainings that were made, those among them that no row counts.
    """

    rows: tuple[Row, ...]
    n_trials: int

    @property
    def best(self) -> Row | None:
        """The best row of all arms; None where no rate trained with every one of its repeats."""
        return next((row for row in self.rows if row.state == "ok"), None)

    @property
    def arms(self) -> tuple[str, ...]:
        """Names of the arms, the one of the best rate first."""
        return tuple(dict.fromkeys(row.arm for row in self.rows))

    def of_arm(self, arm: str) -> tuple[Row, ...]:
        """The rows of one arm, best first."""
        return tuple(row for row in self.rows if row.arm == arm)

    def best_of(self, arm: str) -> Row | None:
        """The best row of one arm; None where it has none."""
        return next((row for row in self.of_arm(arm) if row.state == "ok"), None)
