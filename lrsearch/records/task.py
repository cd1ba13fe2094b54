"""What is trained: the data and the network, as the trainer found them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


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
