"""ResNet-18 for small images."""

from __future__ import annotations

from torch import nn
from torchvision.models import resnet18 as torchvision_resnet18


def resnet18(shape: tuple[int, int, int], n_classes: int) -> nn.Module:
    """ResNet-18 of torchvision with the stem of the CIFAR experiments: a 3x3 convolution, no pooling.

    Source: He et al. 2016, "Deep Residual Learning for Image Recognition", section 4.2.

    Args:
        shape: (channels, height, width) of an image, at least 16x16.
        n_classes: Number of outputs.
    """
    model = torchvision_resnet18(weights=None, num_classes=n_classes)
    model.conv1 = nn.Conv2d(shape[0], 64, kernel_size=3, stride=1, padding=1, bias=False)
    nn.init.kaiming_normal_(model.conv1.weight, mode="fan_out", nonlinearity="relu")
    model.maxpool = nn.Identity()
    return model  # type: ignore[no-any-return]  # torchvision ships no types
