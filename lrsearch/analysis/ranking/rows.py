"""The rows of a ranking: one row for each learning rate of each arm."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

CONFIRM = "confirm"
"""Name of the stage that trains the chosen rates again with new seeds, which were not used to choose them."""

RowState: TypeAlias = Literal[
    "ok",
    "pruned",
    "too low",
    "too high",
    "cannot tell",
    "not yet",
    "collapsed",
    "diverged",
    "failed",
    "oom",
    "killed",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One learning rate of one arm, over its repeats.

    Attributes:
        rank: Place in the ranking of its arm, from 1.
        arm: Name of the arm; "" if the spec has none.
        arm_rank: Place of the arm among the arms, from 1.
        lr: The learning rate, > 0.
        state: State of the worst repeat. `too low`, `too high`: the rate learned, but is clearly worse than the best,
            on that side of it; `judge` sets these and ok again, by the ties. `not yet`, `collapsed`, `cannot tell`: the
            rate did not learn, see `name_unlearned`.
        n: Number of repeats, without those that ended in a fault.
        val_accuracy: Mean score over the repeats that have a score, in [0, 1]; None if no repeat has one.
        val_accuracy_sd: Standard deviation of the score over repeats (divisor n - 1); None for fewer than two.
        val_accuracy_low: Lower end of the 95 % confidence interval of the mean score, in [0, 1]; None if
            there is no evidence on the rate (see `judge`), or if the rate is not compared.
        val_accuracy_high: Upper end of the same interval.
        tied: Whether the rate is statistically tied with the best of its arm; None without evidence.
        verdict: good, too low, too high, unstable, overfitting or unknown; None without evidence.
        train_accuracy: Mean training accuracy at the scored epoch, in [0, 1]; at the last epoch if there is no score.
        val_loss: Mean validation loss at that epoch; None if it is not finite.
        best_epoch: The scored epoch, from 1: the lower median over repeats.
        seconds: Total training time of the repeats that the row counts and of those that ended in a fault.
        epochs_to_target: The first epoch at which the mean validation accuracy reached 99 % of the best rate's score
            over all arms; None if no epoch did.
        seconds_to_target: Training time of one repeat up to the end of that epoch: the mean over repeats.
        confirmed: Whether the row counts only the new seeds of the `confirm` stage.
        message: What happened, for the user; "" if all went well.
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
        """The state as tables show it: best, tied, or the row's state; then `confirmed` if the rate was confirmed."""
        ok = "best" if self.rank == 1 else "tied" if self.tied else ""
        words = [ok if self.state == "ok" else self.state, "confirmed" if self.confirmed else ""]
        return ", ".join(filter(None, words))


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """All rows, arm by arm, best first.

    Attributes:
        rows: One for each arm and learning rate: the arm with the best rate first, and within each arm ranks 1, 2, ...
        n_trials: Number of all trainings, including those that count in no row.
    """

    rows: tuple[Row, ...]
    n_trials: int

    @property
    def best(self) -> Row | None:
        """The best row of all arms; None if no rate trained with every seed."""
        return next((row for row in self.rows if row.state == "ok"), None)

    @property
    def arms(self) -> tuple[str, ...]:
        """Names of the arms; the arm of the best rate comes first."""
        return tuple(dict.fromkeys(row.arm for row in self.rows))

    def of_arm(self, arm: str) -> tuple[Row, ...]:
        """The rows of one arm, best first."""
        return tuple(row for row in self.rows if row.arm == arm)

    def best_of(self, arm: str) -> Row | None:
        """The best row of one arm; None if no rate of the arm trained with every seed."""
        return next((row for row in self.of_arm(arm) if row.state == "ok"), None)
