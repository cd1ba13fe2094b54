"""The accuracy of each class at the best rate, from the bits that the log keeps of each validation example."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lrsearch.packing import unpack_classes

if TYPE_CHECKING:
    from lrsearch.runs import Run

MOST_CLASSES = 30
"""Maximum number of classes that a page shows; the classes with the lowest accuracy come first."""


@dataclass(frozen=True, slots=True)
class ClassAccuracy:
    """The accuracy of one class.

    Attributes:
        number: The class.
        n: Number of its validation examples.
        accuracy: Share that is classified correctly, the mean over the seeds; in [0, 1].
    """

    number: int
    n: int
    accuracy: float


def class_accuracies(run: Run) -> list[ClassAccuracy]:
    """Return the accuracy of each class at the best rate, lowest first; empty if the run does not know it.

    Args:
        run: The run, finished or not.
    """
    import numpy as np

    best = run.best
    if best is None:
        return []
    task = run.manifest.task_of(best.arm)
    classes = unpack_classes(task.val_classes, task.n_val)
    bits = [
        result.correct
        for result in run.counted
        if result.trial.arm == best.arm
        and result.trial.configuration == best.configuration
        and result.trial.is_whole
        and result.correct is not None
    ]
    if classes is None or not bits:
        return []
    right = np.mean([np.unpackbits(np.frombuffer(each, np.uint8), count=len(classes)) for each in bits], axis=0)
    counts = np.bincount(classes)
    means = np.bincount(classes, weights=right) / np.maximum(counts, 1)
    pairs = zip(counts.tolist(), means.tolist(), strict=True)
    found = [ClassAccuracy(number, n, accuracy) for number, (n, accuracy) in enumerate(pairs) if n]
    return sorted(found, key=lambda each: (each.accuracy, each.number))
