"""Computes the scores of the best constant prediction, a prediction that is the same for every example."""

from __future__ import annotations

import numpy as np

from lrsearch.catalog import computed_metrics
from lrsearch.data.arrays import Labels, Split, Targets
from lrsearch.records import Baseline


def constant_scores(parts: Split) -> dict[str, Baseline]:
    """Return the scores of the best constant prediction on the parts of a split, by metric.

    For classes this prediction is the most frequent class, and the class frequencies as probabilities. For numbers it
    is their mean, and their median for the mean absolute error. The prediction knows the labels that it is tested on,
    so no constant prediction is better.
    """
    return _of_classes(parts) if parts.n_classes is not None else _of_numbers(parts)


def _of_classes(parts: Split) -> dict[str, Baseline]:
    labels: Labels = parts.y_val
    counts = np.bincount(labels)
    answers = np.full(labels.size, counts.argmax())
    found = computed_metrics(labels, answers, -np.log(counts[labels] / labels.size))
    return {
        **{name: Baseline(constant=score) for name, score in found.items()},
        "train_loss": Baseline(constant=_entropy(parts.y_train)),
        "train_accuracy": Baseline(constant=_majority(parts.y_train)),
        "val_loss": Baseline(constant=_entropy(labels)),
        "val_accuracy": Baseline(constant=_majority(labels)),
    }


def _of_numbers(parts: Split) -> dict[str, Baseline]:
    """Return the scores for numbers.

    The losses are in units of the variance of the training part, as a network sees them.
    """
    y, variance = parts.y_val, float(parts.y_train.var())
    mean = np.full(len(y), y.mean())
    found = computed_metrics(y, mean, (y - mean) ** 2 / variance, task="regression")
    found |= {"mae": float(np.abs(y - np.median(y)).mean()), "r2": 0.0, "train_loss": 1.0}
    return {name: Baseline(constant=score) for name, score in found.items()}


def target_scale(y_train: Targets) -> tuple[float, float]:
    """Return the mean and the standard deviation of the training part's numbers.

    Networks see numbers standardised by these.
    """
    return float(y_train.mean()), float(y_train.std())


def _majority(labels: Labels) -> float:
    """Share of the most frequent class."""
    return float(np.bincount(labels).max() / len(labels))


def _entropy(labels: Labels) -> float:
    """Entropy of class labels in nats."""
    counts = np.bincount(labels)
    shares = counts[counts > 0] / len(labels)
    return float(-(shares * np.log(shares)).sum())
