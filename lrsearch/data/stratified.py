"""Draws a stratified part of a data set, in which each class keeps its share."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from lrsearch.data.arrays import Labels


def draw_stratified(labels: Labels, size: int, seed: int, *, least: int = 0, spare: int = 0) -> npt.NDArray[np.int64]:
    """Draw examples so that each class keeps its share.

    Args:
        labels: Classes of all examples, from 0; (N,).
        size: How many to draw, from 0 to N.
        seed: From `seeds.seed_for`.
        least: Least number of examples to draw of each class; all of them if a class has fewer.
        spare: Number of examples of each class not to draw; all of them if a class has fewer.

    Returns:
        Indices of the drawn examples, ascending; (size,). The number of examples of each class is rounded down. The
        examples that are then missing come from the classes with the largest remainders (largest remainder method); if
        remainders are equal, from lower classes first. `least` and `spare` take precedence over the shares. The
        draw is the same in every version of numpy: it uses the raw bits of PCG64, which numpy promises not to change.
        For the methods of Generator there is no such promise.
    """
    counts = np.bincount(labels)
    quotas = _bounded(_quotas(counts, size), counts, np.minimum(least, counts), np.maximum(counts - spare, 0))
    keys = np.random.PCG64(seed).random_raw(len(labels))
    order = np.lexsort((keys, labels))  # sorted by class, shuffled within each class
    starts = np.cumsum(counts) - counts
    rank = np.arange(len(labels)) - np.repeat(starts, counts)  # position within its class, in that order
    return np.sort(order[rank < np.repeat(quotas, counts)])


def _bounded(
    quotas: npt.NDArray[np.int64],
    counts: npt.NDArray[np.int64],
    lows: npt.NDArray[np.int64],
    highs: npt.NDArray[np.int64],
) -> npt.NDArray[np.int64]:
    """Bound the quotas and keep their sum if possible. The classes furthest from their share are changed first."""
    size = int(quotas.sum())
    shares = counts * size  # times the number of all examples
    bounded = np.clip(quotas, lows, highs)
    while (missing := size - int(bounded.sum())) != 0:
        step = 1 if missing > 0 else -1
        free = bounded < highs if step > 0 else bounded > lows
        if not free.any():
            break
        distance = np.where(free, step * (shares - bounded * counts.sum()), np.iinfo(np.int64).min)
        bounded[int(distance.argmax())] += step
    return bounded


def _quotas(counts: npt.NDArray[np.int64], size: int) -> npt.NDArray[np.int64]:
    """Compute how many examples of each class to draw, with integers only, so that no float is rounded."""
    whole, remainder = np.divmod(counts * size, counts.sum())
    ups = np.argsort(-remainder, kind="stable")[: size - int(whole.sum())]
    whole[ups] += 1
    return whole
