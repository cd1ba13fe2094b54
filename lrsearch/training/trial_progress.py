"""Tracks the progress of one trial, for all engines: its epochs so far, its scored epoch and its result."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

from numpy.typing import NDArray
from torch import Tensor

from lrsearch.analysis.ranking import LEVEL, has_learned, predicts_numbers
from lrsearch.catalog import TaskKind, computed_metrics
from lrsearch.optim.schedules import spec_plateau
from lrsearch.records import EPOCH_METRICS, Point, Result, State, Trial
from lrsearch.spec import SearchSpec, Spec, search_metric
from lrsearch.training.scored_epoch import Kept, ScoredEpoch
from lrsearch.training.step_metrics import StepSummary

LOOK_EVERY = 50
"""Steps between two checks that the loss is still finite. Each check is slow on a GPU, because it synchronizes."""


@dataclass(frozen=True, slots=True)
class EpochSums:
    """The sums of an engine over the steps of one epoch.

    Attributes:
        loss: Sum over images of the cross-entropy, without label smoothing.
        right: Number of training images that were classified correctly; 0 for a regression.
        n_seen: Number of training images seen.
        lr: Rate of the last step.
        steps: Measurements of gradients, clipping and updates.
    """

    loss: float
    right: int
    n_seen: int
    lr: float
    steps: StepSummary


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The result of a validation, example by example, on any device.

    Attributes:
        answers: The predicted class of each example, int64, or the predicted number; (n_val,).
        losses: The loss of each example; may be not finite; (n_val,).
    """

    answers: Tensor
    losses: Tensor


class TrialProgress:
    """Records one trial, from its first epoch to its result."""

    def __init__(
        self,
        trial: Trial,
        spec: Spec,
        labels: Tensor,
        untrained_loss: Callable[[int], float],
        target_scale: tuple[float, float] | None = None,
    ) -> None:
        """Start the clock of the trial.

        Args:
            trial: The trial.
            spec: The spec of its arm.
            labels: The class of each validation example, int64, or its number, standardised; (n_val,).
            untrained_loss: Returns the training loss of the network of a repeat before training; called only for a
                trial that did not learn.
            target_scale: Mean and standard deviation of the numbers; None for classes.
        """
        self.trial = trial
        self._spec, self._untrained_loss = spec, untrained_loss
        self._target_scale = target_scale
        self._labels = self._in_own_unit(labels)
        self._points: list[Point] = []
        self._metric = search_metric(spec)
        self._scored = ScoredEpoch(spec.search.scored_epoch, spec.train.early_stopping, self._metric)
        self._started = self._epoch_started = time.perf_counter()
        self._share = 1.0
        self.result: Result | None = None

    def add_epoch(self, sums: EpochSums, evaluation: Evaluation, *, share: float = 1.0) -> Point | None:
        """Record an epoch, which may be the last.

        Args:
            sums: The sums over its training steps.
            evaluation: The validation after the epoch.
            share: Share of the time since the previous epoch to count for this trial, in (0, 1]: 1 / K in a stack of K
                trials.

        Returns:
            The epoch; None if the validation loss is not finite, which ends the trial as diverged.
        """
        epoch = len(self._points) + 1
        now = time.perf_counter()
        seconds, self._epoch_started, self._share = (now - self._epoch_started) * share, now, share
        answers, losses = self._in_own_unit(evaluation.answers), evaluation.losses.cpu().numpy()
        is_regression = self._target_scale is not None
        task: TaskKind = "regression" if is_regression else "classification"
        of_val = computed_metrics(self._labels, answers, losses, self._metric, task)
        if not math.isfinite(of_val["val_loss"]):
            self.diverge(f"the validation loss was not finite after epoch {epoch}")
            return None
        point = Point(
            trial=self.trial.number,
            epoch=epoch,
            lr=sums.lr,
            seconds=seconds,
            metrics={
                "train_loss": sums.loss / sums.n_seen,
                **({} if is_regression else {"train_accuracy": sums.right / sums.n_seen}),
                **of_val,
                "grad_norm": sums.steps.grad_norm,
                **sums.steps.metrics,
            },
        )
        self._points.append(point)
        level = LEVEL / _n_rates(self._spec.search)
        values = None
        if self._metric.noise == "per example" and self._metric.examples is not None:
            values = self._metric.examples(self._labels, answers, losses)
        if is_regression:
            self._scored.offer(point, None, partial(predicts_numbers, self._labels, answers, level), values)
        else:
            learned = partial(has_learned, self._labels, answers, losses, level)
            self._scored.offer(point, answers == self._labels, learned, values)
        if epoch == self.trial.until or self._scored.out_of_patience:
            self._finish()
        elif epoch in self.trial.stop_below:
            self._prune_below(self.trial.stop_below[epoch])
        return point

    def _in_own_unit(self, values: Tensor) -> NDArray[Any]:
        """Return classes as they are, and numbers in the unit of the target, float64; (n_val,)."""
        if self._target_scale is None:
            return values.cpu().numpy()
        mean, deviation = self._target_scale
        return values.cpu().numpy().astype(float) * deviation + mean

    @property
    def plateau(self) -> float:
        """The factor of a plateau schedule for the next epoch, computed from the validation losses so far."""
        return spec_plateau(self._spec, [point.val_loss for point in self._points])

    def state(self) -> dict[str, Any]:
        """Return the progress as JSON values, for a checkpoint.

        Do not rename the keys, because old checkpoints have them.
        """
        points = [asdict(point) for point in self._points]
        seconds = time.perf_counter() - self._started
        return {"points": points, "keeper": self._scored.state(), "seconds": seconds}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Continue from what `state` returned, also in another process. The trial may have a new number now."""
        self._points = [self._point(values) for values in state["points"]]
        self._scored.restore(state["keeper"], self._points)
        self._started -= float(state["seconds"])

    def _point(self, values: Mapping[str, Any]) -> Point:
        """Restore an epoch. Earlier versions stored the main metrics outside of `metrics`."""
        main = {name: values[name] for name in EPOCH_METRICS if name in values}
        own = {name: values[name] for name in ("epoch", "lr", "seconds")}
        return Point(trial=self.trial.number, metrics={**main, **values["metrics"]}, **own)

    def diverge(self, message: str) -> None:
        """End the trial as diverged."""
        self._end("diverged", message)

    def _finish(self) -> None:
        kept = self._scored.kept()
        self._end("ok", kept=kept, learned=kept.has_learned())

    def _prune_below(self, bound: float) -> None:
        """End the trial as pruned if its score is worse than a bound."""
        kept = self._scored.kept()
        if self._scored.is_worse(kept.score, bound):
            score, least = (self._metric.text(value, 4) for value in (kept.score, bound))
            words = "below" if kept.score < bound else "above"
            self._end("pruned", f"after epoch {len(self._points)}, {score} is {words} {least}", kept=kept)

    def _end(
        self,
        state: State,
        message: str = "",
        *,
        kept: Kept | None = None,
        learned: bool | None = None,
    ) -> None:
        self.result = Result(
            trial=self.trial,
            state=state,
            message=message,
            points=tuple(self._points),
            score=None if kept is None else kept.score,
            scored_epoch=None if kept is None else kept.point.epoch,
            learned=learned,
            untrained_loss=self._untrained_loss(self.trial.repeat) if learned is False else None,
            correct=None if kept is None else kept.correct,
            values=None if kept is None else kept.values,
            seconds=(time.perf_counter() - self._started) * self._share,
        )


def _n_rates(search: SearchSpec) -> int:
    """Return `search.trials` or the number of listed rates or points, whichever is larger.

    Later stages do not count.
    """
    listed = len(search.lr) if isinstance(search.lr, tuple) else search.points or 0
    return max(search.trials, listed)


def loss_message(step: int, n_steps: int) -> str:
    """Return the message of a trial whose loss was not finite.

    Args:
        step: The step, from 0.
        n_steps: Steps in one epoch.

    Example:
        >>> loss_message(16, n_steps=16)
        'the loss was not finite at step 17 (epoch 2)'
    """
    return f"the loss was not finite at step {step + 1} (epoch {step // n_steps + 1})"
