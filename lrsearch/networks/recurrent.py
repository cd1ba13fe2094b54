"""Recurrent networks for texts: embedding, LSTM or GRU layers, maximum over the words, a linear layer."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn

from lrsearch.networks.dropout import make_dropout
from lrsearch.networks.words import is_padding, make_embedding, max_over_words


class _Recurrent(nn.Module):
    """Embedding, recurrent layers, and a linear layer on the maximum over the words.

    Dropout follows the embedding, each recurrent layer but the last one, and the maximum.
    """

    def __init__(
        self,
        kind: type[nn.LSTM | nn.GRU],
        n_words: int,
        n_outputs: int,
        *,
        embedding: int,
        hidden: int,
        layers: int,
        bidirectional: bool,
        dropout: float,
    ) -> None:
        super().__init__()
        self.embedding = make_embedding(n_words, embedding)
        n_features = hidden * (2 if bidirectional else 1)
        sizes = [embedding, *[n_features] * (layers - 1)]
        options: dict[str, Any] = {"batch_first": True, "bidirectional": bidirectional}
        self.layers = nn.ModuleList(kind(size, hidden, **options) for size in sizes)
        # Our own dropout layers, because every engine must be able to draw their masks.
        self.drops = nn.ModuleList(nn.Sequential(*make_dropout(dropout)) for _ in range(layers + 1))
        self.head = nn.Linear(n_features, n_outputs)

    def forward(self, words: Tensor) -> Tensor:
        """Compute the outputs; words (B, L) to (B, n_outputs)."""
        x = self.embedding(words)  # (B, L, embedding)
        for drop, layer in zip(self.drops, self.layers, strict=False):
            x, _ = layer(drop(x))  # (B, L, n_features)
        outputs: Tensor = self.head(self.drops[-1](max_over_words(x, is_padding(words))))
        return outputs


def recurrent(
    kind: type[nn.LSTM | nn.GRU],
    n_words: int,
    n_outputs: int,
    *,
    embedding: int = 64,
    hidden: int = 64,
    layers: int = 1,
    bidirectional: bool = False,
    dropout: float = 0.0,
) -> nn.Module:
    """Build a recurrent network for texts.

    Args:
        kind: `nn.LSTM` (Hochreiter and Schmidhuber 1997, "Long Short-Term Memory") or `nn.GRU` (Cho et al. 2014,
            "Learning Phrase Representations", section 2.3).
        n_words: Numbers that a word can have, padding included.
        n_outputs: Number of outputs.
        embedding: Numbers that stand for a word.
        hidden: Units of a layer, in each direction.
        layers: Number of layers.
        bidirectional: Whether each layer reads the words backwards too. Backwards, a layer reads the padding first.
        dropout: Share of the embedded words and of each layer's outputs that is set to 0 during training, in [0, 1).
    """
    return _Recurrent(
        kind,
        n_words,
        n_outputs,
        embedding=embedding,
        hidden=hidden,
        layers=layers,
        bidirectional=bidirectional,
        dropout=dropout,
    )
