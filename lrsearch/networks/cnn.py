"""The small convolutional network of MNIST tutorials."""

from __future__ import annotations

from torch import nn

from lrsearch.networks.dropout import make_dropout
from lrsearch.networks.norm import make_norm
from lrsearch.networks.width import scaled


def cnn(
    shape: tuple[int, int, int], n_classes: int, *, width: float = 1.0, norm: str = "none", dropout: float = 0.0
) -> nn.Module:
    """Build two padded 5x5 convolutions, each with 2x2 max pooling and ReLU, then a linear layer.

    Args:
        shape: (channels, height, width) of an image, at least 4x4.
        n_classes: Number of outputs.
        width: Factor by which the 16 and 32 channels are multiplied.
        norm: Normalisation before each activation: batch, group or none.
        dropout: Share of the linear layer's inputs that is set to 0 during training, in [0, 1).
    """
    n_in, rows, columns = shape
    layers: list[nn.Module] = []
    for channels in (scaled(16, width), scaled(32, width)):
        layers += [
            nn.Conv2d(n_in, channels, 5, padding=2, bias=norm == "none"),
            *make_norm(norm, channels),
            # ReLU is monotonic, so pooling may come first: same numbers, but ReLU has a quarter of the work.
            nn.MaxPool2d(2),
            nn.ReLU(inplace=True),
        ]
        n_in = channels
    n_features = n_in * (rows // 4) * (columns // 4)
    return nn.Sequential(*layers, nn.Flatten(), *make_dropout(dropout), nn.Linear(n_features, n_classes))
