"""ResNet-18 for small images."""

from __future__ import annotations

from functools import partial

from torch import nn
from torchvision.models import resnet18 as torchvision_resnet18

from lrsearch.networks.dropout import make_dropout
from lrsearch.networks.norm import make_norm


def resnet18(shape: tuple[int, int, int], n_classes: int, *, norm: str = "batch", dropout: float = 0.0) -> nn.Module:
    """Build torchvision's ResNet-18 with the first layers of the CIFAR experiments: a 3x3 convolution, no pooling.

    Source: He et al. 2016, "Deep Residual Learning for Image Recognition", section 4.2.

    Args:
        shape: (channels, height, width) of an image, at least 16x16.
        n_classes: Number of outputs.
        norm: Normalisation layers: batch or group.
        dropout: Share of the linear layer's inputs that is set to 0 during training, in [0, 1).
    """
    model = torchvision_resnet18(weights=None, num_classes=n_classes, norm_layer=partial(_one_norm, norm))
    model.conv1 = nn.Conv2d(shape[0], 64, kernel_size=3, stride=1, padding=1, bias=False)
    nn.init.kaiming_normal_(model.conv1.weight, mode="fan_out", nonlinearity="relu")
    model.maxpool = nn.Identity()
    model.fc = nn.Sequential(*make_dropout(dropout), model.fc) if dropout else model.fc
    return model  # type: ignore[no-any-return]  # torchvision ships no types


def _one_norm(norm: str, channels: int) -> nn.Module:
    (layer,) = make_norm(norm, channels)
    return layer
