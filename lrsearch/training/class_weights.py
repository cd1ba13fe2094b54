"""Computes the weights of the classes in the training loss. With `balanced`, all classes have the same total weight."""

from __future__ import annotations

from collections.abc import Sequence

from lrsearch.errors import DataError
from lrsearch.plans import Decision
from lrsearch.wording import counted, some_of

_MOST_NAMED = 20  # classes whose images a plan counts


def balanced_weights(counts: Sequence[int]) -> list[float]:
    """Compute the weight of each class: n / (classes * n_class).

    Source: `class_weight="balanced"` of scikit-learn, after King and Zeng 2001, "Logistic regression in rare events
    data".

    Args:
        counts: Number of training images of each class.

    Returns:
        A weight for each class, > 0. The mean over the training images is 1.

    Raises:
        DataError: A class has no training image.

    Example:
        >>> balanced_weights([6, 2])
        [0.6666666666666666, 2.0]
    """
    if 0 in counts:
        raise DataError(
            f"train.class_weights: class {list(counts).index(0)} has no training image, so it has no weight; add "
            "images of this class, or set the key to null"
        )
    return [sum(counts) / (len(counts) * count) for count in counts]


def class_weights_decision(counts: Sequence[int]) -> Decision[str]:
    """Describe balanced weights for the plan, with the number of training images of each class."""
    balanced_weights(counts)
    images = some_of([f"{label}: {count:,}" for label, count in enumerate(counts)], _MOST_NAMED)
    n_images = counted(sum(counts), "training image")
    return Decision("balanced", f"each class weighs n / (classes x n of the class); {n_images} by class: {images}")
