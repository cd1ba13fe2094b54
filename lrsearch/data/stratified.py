"""Drawing a part of a data set that holds the classes in the shares of the whole."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from lrsearch.data.arrays import Labels


def draw_stratified(labels: Labels, size: int, seed: int) -> npt.NDArray[np.int64]:
    """Draw examples so that each class keeps its share.

    Args:
        labels: Classes of all examples, from 0; (N,).
        size: How many to draw, from 0 to N.
        seed: From `chance.seed_for`.

    Returns:
        Indices of the drawn examples, ascending; (size,). A class gets its exact share rounded down or up, by largest
        remainder; equal remainders go to the lower classes. The draw is the same in every version of numpy: it rests on
        the raw bits of PCG64, which are promised not to change, as the methods of Generator are not.
    """
    counts = np.bincount(labels)
    quotas = _quotas(counts, size)
    keys = np.random.PCG64(seed).random_raw(len(labels))
    order = np.lexsort((keys, labels))  # class after class, each shuffled
    starts = np.cumsum(counts) - counts
    rank = np.arange(len(labels)) - np.repeat(starts, counts)  # place within its class, in that order
    return np.sort(order[rank < np.repeat(quotas, counts)])


def _quotas(counts: npt.NDArray[np.int64], size: int) -> npt.NDArray[np.int64]:
    """How many of each class: whole numbers, so that no share is rounded by a float."""
    whole, remainder = np.divmod(counts * size, counts.sum())
    ups = np.argsort(-remainder, kind="stable")[: size - int(whole.sum())]
    whole[ups] += 1
    return whole
