"""The multilayer perceptron: fully connected layers."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from torch import nn

from lrsearch.networks.dropout import make_dropout
from lrsearch.networks.norm import make_norm
from lrsearch.networks.width import scaled


def mlp(
    shape: tuple[int, ...],
    n_outputs: int,
    *,
    hidden: Sequence[int] = (64,),
    width: float = 1.0,
    norm: str = "none",
    dropout: float = 0.0,
) -> nn.Module:
    """Build linear layers with ReLU between them.

    Args:
        shape: Shape of an example: (channels, height, width) of an image, or (columns,) of a row.
        n_outputs: Number of outputs.
        n_classes: Number of outputs.
        hidden: Number of units in each hidden layer, before `width` is applied.
        width: Factor by which the numbers of hidden units are multiplied.
        norm: Normalisation before each activation: batch, group or none.
        dropout: Share of each hidden layer's outputs that is set to 0 during training, in [0, 1).
    """
    layers: list[nn.Module] = [nn.Flatten()]
    n_in = prod(shape)
    for units in (scaled(units, width) for units in hidden):
        layers += [
            nn.Linear(n_in, units, bias=norm == "none"),
            *make_norm(norm, units, flat=True),
            nn.ReLU(inplace=True),
            *make_dropout(dropout),
        ]
        n_in = units
    return nn.Sequential(*layers, nn.Linear(n_in, n_outputs))
