"""A small, fast network for 32x32 images, modelled on airbench (Jordan 2024, arXiv:2404.00498)."""

from __future__ import annotations

from torch import nn

from lrsearch.networks.dropout import make_dropout
from lrsearch.networks.norm import make_norm
from lrsearch.networks.width import scaled


def convnet(
    shape: tuple[int, int, int],
    n_classes: int,
    *,
    width: float = 1.0,
    depth: int = 3,
    norm: str = "batch",
    dropout: float = 0.0,
) -> nn.Module:
    """Build a 2x2 convolution to 24 channels, blocks of 32, 64, 64, ... channels, global max pooling, a linear layer.

    A block is conv3x3, 2x2 max pooling, norm, ReLU, conv3x3, norm, ReLU. Convolutions before a norm have no bias,
    because the norm adds a shift of its own.

    Args:
        shape: (channels, height, width) of an image, at least 2**depth + 1 high and wide.
        n_classes: Number of outputs.
        width: Factor by which the numbers of channels are multiplied.
        depth: Number of blocks.
        norm: Normalisation before each activation of the blocks: batch, group or none.
        dropout: Share of the linear layer's inputs that is set to 0 during training, in [0, 1).
    """
    n_in, bias = scaled(24, width), norm == "none"
    layers: list[nn.Module] = [nn.Conv2d(shape[0], n_in, 2), nn.ReLU(inplace=True)]
    for channels in (scaled(32 if block == 0 else 64, width) for block in range(depth)):
        layers += [
            nn.Conv2d(n_in, channels, 3, padding=1, bias=bias),
            nn.MaxPool2d(2),
            *make_norm(norm, channels),
            nn.ReLU(inplace=True),
            nn.Conv2d(channels, channels, 3, padding=1, bias=bias),
            *make_norm(norm, channels),
            nn.ReLU(inplace=True),
        ]
        n_in = channels
    head = [nn.AdaptiveMaxPool2d(1), nn.Flatten(), *make_dropout(dropout), nn.Linear(n_in, n_classes)]
    return nn.Sequential(*layers, *head)
