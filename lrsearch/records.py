"""The records that the packages exchange: trials, epochs, results and the task. All are frozen and picklable."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

State: TypeAlias = Literal["ok", "diverged", "pruned", "failed", "oom", "killed"]

FINAL_STATES: frozenset[str] = frozenset({"ok", "diverged", "pruned"})
"""States of results that a resume keeps. The other states are faults of the machine or the code, which are retried."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One training: a learning rate, a seed, and a number of epochs.

    Attributes:
        number: Number of the trial in the search, from 0. The strategy is told the results in this order.
        proposal: Number of the proposed rate, from 0. All repeats of a rate have the same number.
        lr: The learning rate, > 0. With a schedule, `lr` is the peak rate.
        repeat: Number of the seed, from 0. Trials with the same number have the same initial weights and batches.
        horizon: Number of epochs that the schedule covers, >= 1.
        until: The epoch after which this trial ends. All built-in strategies set `until` equal to `horizon`.
        arm: Name of the arm; "" if the spec has no arms.
        overrides: Values of spec keys that this trial changes, by dotted path.
        stage: "" for a trial of the strategy, or the name of the stage that added the trial: extend, refine, confirm.
        stop_below: For some epochs, the worst score with which the trial may continue. If the score after such an epoch
            is worse, the trial ends as pruned. A strategy sets these bounds when it proposes the trial, so the bounds
            never depend on when results come.
    """

    number: int
    proposal: int
    lr: float
    horizon: int
    until: int
    repeat: int = 0
    arm: str = ""
    overrides: Mapping[str, object] = field(default_factory=dict)
    stage: str = ""
    stop_below: Mapping[int, float] = field(default_factory=dict)

    @property
    def configuration(self) -> Configuration:
        """What the trial tries."""
        return self.lr, overrides_text(self.overrides)

    @property
    def key(self) -> TrialKey:
        """A key that identifies the training, whenever the trial was proposed."""
        return (self.arm, *self.configuration, self.repeat, self.horizon, self.until)

    @property
    def is_whole(self) -> bool:
        """Whether the training ends where its schedule ends."""
        return self.until == self.horizon


Configuration: TypeAlias = tuple[float, str]
"""A rate, and the overrides of a trial as `overrides_text`. Results with equal configurations differ only in seeds."""


def overrides_text(overrides: Mapping[str, object]) -> str:
    """Write the overrides of a trial as canonical JSON; "" if there are none. Equal overrides give equal text."""
    return json.dumps(dict(overrides), sort_keys=True) if overrides else ""


TrialKey: TypeAlias = tuple[str, float, str, int, int, int]
"""Arm, rate, overrides, repeat, horizon and until; see `Trial`."""

RAMP = "ramp"
"""Stage of the trials of a range test in which the rate rises at every step."""

EPOCH_METRICS = {
    "train_loss": "mean cross-entropy over the epoch's batches, in training mode and without label smoothing, so that "
    "this loss can be compared with the validation loss",
    "train_accuracy": "share of correctly classified training images, in [0, 1], in training mode",
    "val_loss": "mean cross-entropy on the validation part",
    "val_accuracy": "share of correctly classified validation images, in [0, 1]",
    "grad_norm": "global gradient norm before clipping: the mean over the epoch's steps",
}
"""The main metrics of `Point.metrics`, with their meaning. `Point` has a property for each of them."""

CLASS_METRICS = {
    "balanced_accuracy": "accuracy of each class on the validation part, averaged over the classes",
    "macro_f1": "F1 score of each class on the validation part, averaged over the classes, in [0, 1]",
}
"""Further metrics computed from the predictions for the validation part."""

NUMBER_METRICS = {
    "r2": "R squared on the validation part: the share of the target's variance that is predicted",
    "mse": "mean squared error on the validation part, in the squared unit of the target",
    "mae": "mean absolute error on the validation part, in the unit of the target",
}
"""Metrics of a regression in place of the accuracies and of `CLASS_METRICS`. Its losses are mean squared errors in
variances of the target in the training part."""

STEP_METRICS = {
    "grad_norm_p90": "global gradient norm before clipping: the 90th percentile over the epoch's steps",
    "clipped_share": "share of the steps at which the gradient was clipped, in [0, 1]",
    "grad_norm_first": "gradient norm of the first layer's weights: the mean over the epoch's steps",
    "grad_norm_last": "gradient norm of the last layer's weights: the mean over the epoch's steps",
    "grad_norm_ratio": "grad_norm_first / grad_norm_last: far below 1 if gradients vanish, far above 1 if they explode",
    "weight_norm": "global norm of all parameters after the epoch",
    "update_ratio": "norm of the update / norm of the parameters, at the middle step of the epoch",
}
"""Further metrics that the built-in trainer records for each epoch, with their meaning."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One epoch of one trial.

    Attributes:
        trial: Number of the trial.
        epoch: Number of the epoch, from 1.
        lr: Learning rate of the epoch's last step.
        seconds: Wall time of the epoch, including validation.
        metrics: What was measured, by name. The built-in trainer records `EPOCH_METRICS`,
            `CLASS_METRICS` or `NUMBER_METRICS`, and `STEP_METRICS`.
    """

    trial: int
    epoch: int
    lr: float
    seconds: float
    metrics: Mapping[str, float]

    @property
    def train_loss(self) -> float:
        """The metric of this name, see `EPOCH_METRICS`; NaN if the trainer does not record it."""
        return self.metrics.get("train_loss", math.nan)

    @property
    def train_accuracy(self) -> float:
        """The metric of this name, as for `train_loss`."""
        return self.metrics.get("train_accuracy", math.nan)

    @property
    def val_loss(self) -> float:
        """The metric of this name, as for `train_loss`."""
        return self.metrics.get("val_loss", math.nan)

    @property
    def val_accuracy(self) -> float:
        """The metric of this name, as for `train_loss`."""
        return self.metrics.get("val_accuracy", math.nan)

    @property
    def grad_norm(self) -> float:
        """The metric of this name, as for `train_loss`."""
        return self.metrics.get("grad_norm", math.nan)


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """An executor has begun to run a stack."""

    trials: tuple[Trial, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """A worker died before it returned the results of some trials. Unless `is_final` is true, they are tried again."""

    trials: tuple[Trial, ...]
    reason: str
    is_final: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Doing:
    """The search does something else now.

    Attributes:
        text: What it does and why, in one line.
    """

    text: str


Event: TypeAlias = Started | Point | Result | Lost | Doing
Stack: TypeAlias = tuple[Trial, ...]
"""Trials that train together. The trials differ only in rate, repeat and bounds (`stop_below`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """The scores in one metric that need no training; None for a score that is not known.

    Attributes:
        constant: Score of the best constant prediction, which is the same for every example. For an accuracy, this
            score is the share of the most frequent class; for a cross-entropy, the entropy of the labels in nats.
        untrained: Score of a network before training.
    """

    constant: float | None = None
    untrained: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkFacts:
    """Fingerprints of a network. A resume compares the fingerprints with those of the run.

    Attributes:
        shapes: Digest of the names and shapes of its weights.
        start: Digest of its layers and of its weights before training with the first seed; None if equal seeds gave
            different weights, or if the network is so large that building it would delay the start.
    """

    shapes: str
    start: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What is trained, as the trainer found it when it opened the data. `run.json` stores the task.

    A trainer makes the task, with None for each value that the trainer does not know. Unknown values are not guessed:
    without a baseline, it is unknown whether a network learned, and no trial is called collapsed.

    Attributes:
        name: Name of the data set, or of what is trained.
        kind: The kind of the examples, in the plural, such as images.
        shape: Shape of an example: (channels, height, width) of an image, (words,) of a text, (columns,) of a row.
        n_classes: Number of classes, >= 2; None for a regression.
        n_train: Number of training examples, after the split and the choice of a subset.
        n_val: Number of validation examples.
        fingerprint: Digest of the examples, the labels and the split. A resume checks that this digest has not changed.
        network: Fingerprints of the network.
        metrics: The metrics that the trainer reports (`Point.metrics`), each with its baseline.
        remarks: Warnings about the data, one line each, such as on validation images that are training images too.
        val_classes: Classes of the validation examples, from `packing.pack_classes`.
    """

    name: str
    kind: str = "examples"
    shape: tuple[int, ...] | None = None
    n_classes: int | None = None
    n_train: int | None = None
    n_val: int | None = None
    fingerprint: str | None = None
    network: NetworkFacts | None = None
    metrics: Mapping[str, Baseline] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()
    val_classes: str | None = None

    def baseline(self, metric: str) -> Baseline:
        """Return the baseline of a metric; all its values are None if the trainer does not report the metric."""
        return self.metrics.get(metric, Baseline())
