"""The network `bow` (bag of words): the mean of the embedded words, and a linear layer."""

from __future__ import annotations

from torch import Tensor, nn

from lrsearch.networks.dropout import make_dropout
from lrsearch.networks.words import is_padding, make_embedding, mean_over_words


class _BagOfWords(nn.Module):
    def __init__(self, n_words: int, n_outputs: int, embedding: int, dropout: float) -> None:
        super().__init__()
        self.embedding = make_embedding(n_words, embedding)
        self.drop = nn.Sequential(*make_dropout(dropout))
        self.drop_mean = nn.Sequential(*make_dropout(dropout))
        self.head = nn.Linear(embedding, n_outputs)

    def forward(self, words: Tensor) -> Tensor:
        """Compute the outputs; words (B, L) to (B, n_outputs)."""
        mean = mean_over_words(self.drop(self.embedding(words)), is_padding(words))
        outputs: Tensor = self.head(self.drop_mean(mean))
        return outputs


def bow(n_words: int, n_outputs: int, *, embedding: int = 64, dropout: float = 0.0) -> nn.Module:
    """Build an embedding of words, their mean over a text, and a linear layer.

    Source: Joulin et al. 2017, "Bag of Tricks for Efficient Text Classification".

    Args:
        n_words: Numbers that a word can have, padding included.
        n_outputs: Number of outputs.
        embedding: Numbers that stand for a word.
        dropout: Share of the embedded words and of the mean that is set to 0 during training, in [0, 1).
    """
    return _BagOfWords(n_words, n_outputs, embedding, dropout)
