"""Embedding of words, and their summary over a text; words have the number 0 where a text has ended."""

from __future__ import annotations

import torch
from torch import Tensor, nn

PADDING = 0
"""The number that fills up texts to one length."""


EMBEDDING_SD = 0.1
"""Standard deviation of the initial weights of an embedding.

torch's own is 1. Rare words, which are hardly trained, are then as loud as the frequent ones. On IMDB, an epoch reached
a validation accuracy of 0.82 with 1, and 0.86 with 0.1.
"""


def make_embedding(n_words: int, size: int) -> nn.Embedding:
    """Make an embedding of words, in which padding is a vector of zeros and stays so."""
    embedding = nn.Embedding(n_words, size, padding_idx=PADDING)
    with torch.no_grad():
        embedding.weight.mul_(EMBEDDING_SD)
    return embedding


def is_padding(words: Tensor) -> Tensor:
    """Tell for each word whether it is padding; bool, (B, L). The first word of a text never counts as padding.

    So a text without any words has a summary too.
    """
    padding = words == PADDING
    first = torch.zeros_like(padding[:, :1])
    return torch.cat((first, padding[:, 1:]), dim=1)


def max_over_words(features: Tensor, padding: Tensor) -> Tensor:
    """Return the maximum of each feature over the words of a text; (B, L, n) and (B, L) to (B, n)."""
    return features.masked_fill(padding[:, :, None], -torch.inf).amax(1)


def mean_over_words(features: Tensor, padding: Tensor) -> Tensor:
    """Return the mean of each feature over the words of a text; (B, L, n) and (B, L) to (B, n)."""
    present = ~padding[:, :, None]
    return (features * present).sum(1) / present.sum(1)
