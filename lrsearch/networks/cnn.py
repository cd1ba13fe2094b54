"""The small convolutional network of MNIST tutorials."""

from __future__ import annotations

from torch import nn

from lrsearch.networks.dropout import make_dropout
from lrsearch.networks.norm import make_norm
from lrsearch.networks.width import scaled


def cnn(
    shape: tuple[int, int, int], n_classes: int, *, width: float = 1.0, norm: str = "none", dropout: float = 0.0
) -> nn.Module:
    """Two padded 5x5 convolutions, each with 2x2 max pooling and ReLU, then a linear layer.

    Args:
        shape: (channels, height, width) of an image, at least 4x4.
        n_classes: Number of outputs.
        width: Factor on the 16 and 32 channels.
        norm: batch, group or none: before each activation.
        dropout: Share of the linear layer's inputs that is zeroed while training, in [0, 1).
    """
    n_in, rows, columns = shape
    layers: list[nn.Module] = []
    for channels in (scaled(16, width), scaled(32, width)):
        layers += [
            nn.Conv2d(n_in, channels, 5, padding=2, bias=norm == "none"),
            *make_norm(norm, channels),
            # Pooling before ReLU gives the same numbers (both are monotonic) from a quarter of the ReLUs.
            nn.MaxPool2d(2),
            nn.ReLU(inplace=True),
        ]
        n_in = channels
    n_features = n_in * (rows // 4) * (columns // 4)
    return nn.Sequential(*layers, nn.Flatten(), *make_dropout(dropout), nn.Linear(n_features, n_classes))
