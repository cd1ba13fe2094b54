"""Fully connected layers."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from torch import nn

from lrsearch.networks.dropout import make_dropout
from lrsearch.networks.norm import make_norm
from lrsearch.networks.width import scaled


def mlp(
    shape: tuple[int, int, int],
    n_classes: int,
    *,
    hidden: Sequence[int] = (64,),
    width: float = 1.0,
    norm: str = "none",
    dropout: float = 0.0,
) -> nn.Module:
    """Linear layers with ReLU between them.

    Args:
        shape: (channels, height, width) of an image.
        n_classes: Number of outputs.
        hidden: Units of each hidden layer, before `width`.
        width: Factor on the hidden units.
        norm: batch, group or none: before each activation.
        dropout: Share of each hidden layer's outputs that is zeroed while training, in [0, 1).
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
    return nn.Sequential(*layers, nn.Linear(n_in, n_classes))
