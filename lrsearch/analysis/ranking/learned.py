"""Tests whether a network learned anything, by its validation predictions. Also computes the scores for samplers."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from lrsearch.catalog import VAL_ACCURACY, Metric
from lrsearch.records import Result

LEVEL = 0.01
"""Probability that a search calls a network that learned nothing `learned`. The rates of a search share it equally."""

_ROUNDING = 1e-5
"""A mean gain below this, in nats, may come from rounding; losses are computed in float32."""


def has_learned(
    labels: NDArray[np.int64], answers: NDArray[np.int64], losses: NDArray[np.floating], level: float = LEVEL
) -> bool:
    """Test whether a network learned anything: whether its predictions depend on the images.

    The predictions of a network that learned nothing do not depend on the images. A network has learned if it passes
    one of these tests, each at half of the level:

    - Its accuracy is higher than that of random predictions with the same class frequencies (exact binomial test).
      Random predictions have an expected accuracy of sum over classes of (share of images of the class) x (share of
      predictions of the class) (Cohen 1960, "A coefficient of agreement for nominal scales"). This expected accuracy is
      never higher than the share of the most frequent class. So a network that is significantly more accurate than the
      best constant prediction passes.
    - Its loss is lower than that of the best constant prediction, the class frequencies of these images (one-sided
      paired t test). No constant prediction has a lower loss on these images, so a constant prediction never passes.

    A network that is right for every image has learned, however few images there are. No test depends on the names or
    the order of the classes. No test uses the class frequencies of the training part, so the training part may have
    other class frequencies.

    Args:
        labels: The class of each validation image, >= 0; (n,).
        answers: The predicted class of each image; (n,).
        losses: The cross-entropy of the true class, in nats; (n,).
        level: Probability of calling a network that learned nothing `learned`, in (0, 1).

    Example:
        >>> labels, losses = np.arange(100) % 2, np.full(100, 0.7)
        >>> has_learned(labels, labels, losses), has_learned(labels, np.zeros(100, int), losses)
        (True, False)
    """
    right = labels == answers
    if right.all():
        return True
    n, n_classes = labels.size, int(max(labels.max(), answers.max())) + 1
    counts = np.bincount(labels, minlength=n_classes)
    by_chance = int(counts @ np.bincount(answers, minlength=n_classes)) / n**2
    best_constant = -np.log(counts[labels] / n)
    return (
        _binomial_tail(int(right.sum()), n, by_chance) <= level / 2
        or _paired_tail(best_constant - losses.astype(float)) <= level / 2
    )


def predicts_numbers(labels: NDArray[np.floating], answers: NDArray[np.floating], level: float = LEVEL) -> bool:
    """Test whether a network for a regression learned anything: whether its predictions depend on the examples.

    A network has learned if its squared errors are smaller than those of the best constant prediction, the mean of
    these labels (one-sided paired t test). No constant prediction has smaller errors, so a constant prediction never
    passes.

    Args:
        labels: The number of each validation example; (n,).
        answers: The predicted numbers; (n,).
        level: Probability of calling a network that learned nothing `learned`, in (0, 1).

    Example:
        >>> labels = np.arange(100.0)
        >>> predicts_numbers(labels, labels + 1), predicts_numbers(labels, np.full(100, 49.5))
        (True, False)
    """
    of_mean = (labels - labels.mean()) ** 2
    variance = float(of_mean.mean())
    return variance > 0.0 and _paired_tail((of_mean - (labels - answers) ** 2) / variance) <= level


def _binomial_tail(least: int, n: int, share: float) -> float:
    """Probability of at least `least` successes in n trials."""
    from scipy.special import betainc

    return 1.0 if least == 0 else float(betainc(least, n - least + 1, share))


def _paired_tail(gains: NDArray[np.float64]) -> float:
    """P value of the one-sided t test that a gain is positive on average."""
    from scipy.special import stdtr

    n, mean = gains.size, float(gains.mean())
    if n < 2 or not mean > _ROUNDING or not math.isfinite(mean):
        return 1.0
    error = float(gains.std(ddof=1)) / math.sqrt(n)
    return float(stdtr(n - 1, -mean / error)) if error > 0.0 else 0.0


def sampler_score(constant: float | None, metric: Metric = VAL_ACCURACY) -> Callable[[Result], float | None]:
    """Make a function that returns the score to give a sampler for a result.

    The returned function remembers the worst score so far. Call it with the results of one arm, in the order of their
    trial numbers. A resume then gives the sampler the same scores.

    Args:
        constant: Score of the best constant prediction; None if unknown.
        metric: The metric of the scores.

    Returns:
        A function from a result to a score, with the sign changed if lower is better. If the training learned or was
        pruned, the function returns the score of the result. If the training diverged or learned nothing, the function
        returns the score of the constant prediction or the worst score so far, whichever is worse. Failures of all
        kinds then look alike, and no failure looks better than a network that learned. The function returns None if
        neither score is known, and for a fault (failed, oom, killed), because a fault says nothing about the learning
        rate.
    """
    worst = None if constant is None else metric.oriented(constant)

    def score_of(result: Result) -> float | None:
        nonlocal worst
        if not result.is_final:
            return None
        if result.state == "diverged" or result.learned is False or result.score is None:
            return worst
        if not math.isfinite(result.score):
            return worst
        score = metric.oriented(result.score)
        worst = score if worst is None else min(worst, score)
        return score

    return score_of
