"""One epoch of a trial, and the metrics that a trainer records for it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

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
