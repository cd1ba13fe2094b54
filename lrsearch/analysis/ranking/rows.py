"""The rows of a ranking: one row for each learning rate of each arm, and for each set of overrides."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from lrsearch.catalog import VAL_ACCURACY, Metric
from lrsearch.records import Configuration, overrides_text

CONFIRM = "confirm"
"""Name of the stage that trains the best rates again with seeds that had no part in choosing them."""

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
    """One configuration of one arm, over its repeats: a learning rate, and the overrides of its trials.

    Attributes:
        rank: Place in the ranking of its arm, from 1; None for a rate that was pruned.
        arm: Name of the arm; "" if the spec has none.
        arm_rank: Place of the arm among the arms, from 1.
        lr: The learning rate, > 0.
        overrides: Values of spec keys that the trials of the row change, by dotted path.
        state: State of the worst repeat. `too low`, `too high`: the rate learned, but lies below or above the best rate
            and is clearly worse. `judge` later decides between ok, too low and too high by the ties. `not yet`,
            `collapsed`, `cannot tell`: the rate did not learn, see `name_unlearned`.
        n: Number of repeats, without those that ended in a fault.
        metric: Name of the metric of the score.
        score: Mean score over the repeats that have a score, in the metric's unit; None if no repeat has one.
        score_sd: Standard deviation of the score over repeats (divisor n - 1); None for fewer than two.
        score_low: Lower end of the 95 % confidence interval of the mean score; None if the noise between seeds was not
            measured, if the rate is not compared (also if the best rate has other overrides), or before `judge`.
        score_high: Upper end of the same interval.
        tied: Whether the rate is statistically tied with the best of its arm; None if the noise is not known, if the
            best rate has other overrides, or before `judge`.
        verdict: good, too low, too high, unstable, overfitting or unknown; None without evidence.
        val_accuracy: Mean validation accuracy at the scored epoch, in [0, 1]; at the last epoch if there is no score.
        train_accuracy: Mean training accuracy at the scored epoch, in [0, 1]; at the last epoch if there is no score.
        val_loss: Mean validation loss at the same epoch; None if the mean is not finite.
        best_epoch: The scored epoch, from 1: the lower median over repeats.
        seconds: Total training time of the repeats that the row counts and of the repeats that ended in a fault.
        epochs_to_target: The first epoch at which the mean of the metric reached the target (see `target_score`); None
            if no epoch did. All arms have the same target.
        seconds_to_target: Training time of one repeat up to the end of the epoch `epochs_to_target`: the mean over
            repeats.
        confirmed: Whether the row counts only the new seeds of the `confirm` stage.
        message: What happened, for the user; "" if all went well.
    """

    rank: int | None
    arm: str
    arm_rank: int = 1
    lr: float
    state: RowState
    n: int
    metric: str = VAL_ACCURACY.name
    score: float | None = None
    score_sd: float | None = None
    score_low: float | None = None
    score_high: float | None = None
    tied: bool | None = None
    verdict: str | None = None
    val_accuracy: float | None = None
    train_accuracy: float | None = None
    val_loss: float | None = None
    best_epoch: int | None = None
    seconds: float = 0.0
    epochs_to_target: int | None = None
    seconds_to_target: float | None = None
    confirmed: bool = False
    message: str = ""
    overrides: Mapping[str, object] = field(default_factory=dict)

    @property
    def configuration(self) -> Configuration:
        """The rate with the overrides."""
        return self.lr, overrides_text(self.overrides)

    @property
    def overrides_words(self) -> str:
        """The overrides as `--set` takes them, joined by commas, such as `data.batch_size=64, train.epochs=3`."""
        return ", ".join(f"{key}={json.dumps(value)}" for key, value in sorted(self.overrides.items()))

    @property
    def val_accuracy_sd(self) -> float | None:
        """The same as `score_sd` if the score is the validation accuracy; otherwise None."""
        return self.score_sd if self.metric == VAL_ACCURACY.name else None

    @property
    def val_accuracy_low(self) -> float | None:
        """The same as `score_low` if the score is the validation accuracy; otherwise None."""
        return self.score_low if self.metric == VAL_ACCURACY.name else None

    @property
    def val_accuracy_high(self) -> float | None:
        """The same as `score_high` if the score is the validation accuracy; otherwise None."""
        return self.score_high if self.metric == VAL_ACCURACY.name else None

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
        rows: One for each arm and configuration: the arm with the best rate first, and within each arm ranks 1, 2, ...
        n_trials: Number of all trainings, including those that count in no row.
        metric: The metric of the scores.
        constant: Score of the best constant prediction on the data of the first arm; None if unknown.
    """

    rows: tuple[Row, ...]
    n_trials: int
    metric: Metric = VAL_ACCURACY
    constant: float | None = None

    @property
    def best(self) -> Row | None:
        """The best row of all arms; None if no rate trained with every seed."""
        return next((row for row in self.rows if row.state == "ok"), None)

    @property
    def has_overrides(self) -> bool:
        """Whether some row has overrides."""
        return any(row.overrides for row in self.rows)

    @property
    def arms(self) -> tuple[str, ...]:
        """Names of the arms; the arm of the best rate comes first."""
        return tuple(dict.fromkeys(row.arm for row in self.rows))

    def of_arm(self, arm: str) -> tuple[Row, ...]:
        """The rows of one arm, best first."""
        return tuple(row for row in self.rows if row.arm == arm)

    def leading(self, arm: str) -> tuple[Row, ...]:
        """The rows of one arm with the overrides of its first row. These rows form one curve over the rates."""
        rows = self.of_arm(arm)
        return tuple(row for row in rows if row.configuration[1] == rows[0].configuration[1])

    def best_of(self, arm: str) -> Row | None:
        """The best row of one arm; None if no rate of the arm trained with every seed."""
        return next((row for row in self.of_arm(arm) if row.state == "ok"), None)
