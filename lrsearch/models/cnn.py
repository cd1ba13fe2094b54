"""The small convolutional network of MNIST tutorials."""

from __future__ import annotations

from torch import nn

from lrsearch.models.width import scaled


def cnn(shape: tuple[int, int, int], n_classes: int, *, width: float = 1.0) -> nn.Module:
    """Two padded 5x5 convolutions, each with ReLU and 2x2 max pooling, then a linear layer.

    Args:
        shape: (channels, height, width) of an image, at least 4x4.
        n_classes: Number of outputs.
        width: Factor on the 16 and 32 channels.
    """
    channels, rows, columns = shape
    first, second = scaled(16, width), scaled(32, width)
    # Pooling before ReLU gives the same numbers (both are monotonic) from a quarter of the ReLUs.
    return nn.Sequential(
        nn.Conv2d(channels, first, 5, padding=2),
        nn.MaxPool2d(2),
        nn.ReLU(inplace=True),
        nn.Conv2d(first, second, 5, padding=2),
        nn.MaxPool2d(2),
        nn.ReLU(inplace=True),
        nn.Flatten(),
        nn.Linear(second * (rows // 4) * (columns // 4), n_classes),
    )
