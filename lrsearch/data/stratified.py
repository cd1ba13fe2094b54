"""Draws a stratified part of a data set, in which each class keeps its share."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from lrsearch.data.arrays import Labels


def draw_stratified(labels: Labels, size: int, seed: int) -> npt.NDArray[np.int64]:
    """Draw examples so that each class keeps its share.

    Args:
        labels: Classes of all examples, from 0; (N,).
        size: How many to draw, from 0 to N.
        seed: From `seeds.seed_for`.

    Returns:
        Indices of the drawn examples, ascending; (size,). The share of a class is rounded down or up by the largest
        remainder method; of equal remainders, those of lower classes are rounded up. The draw is the same in every
        version of numpy: it uses the raw bits of PCG64, which numpy promises not to change. It makes no such promise
        for the methods of Generator.
    """
    counts = np.bincount(labels)
    quotas = _quotas(counts, size)
    keys = np.random.PCG64(seed).random_raw(len(labels))
    order = np.lexsort((keys, labels))  # sorted by class, shuffled within each class
    starts = np.cumsum(counts) - counts
    rank = np.arange(len(labels)) - np.repeat(starts, counts)  # position within its class, in that order
    return np.sort(order[rank < np.repeat(quotas, counts)])


def _quotas(counts: npt.NDArray[np.int64], size: int) -> npt.NDArray[np.int64]:
    """How many examples of each class to draw. Integers only, so that no share depends on the rounding of a float."""
    whole, remainder = np.divmod(counts * size, counts.sum())
    ups = np.argsort(-remainder, kind="stable")[: size - int(whole.sum())]
    whole[ups] += 1
    return whole
