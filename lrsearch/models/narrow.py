"""The first convolution over images of one channel, as a matrix product."""

from __future__ import annotations

from typing import TypeGuard

import torch
from torch import Tensor, nn
from torch.nn.functional import conv2d, pad


class NarrowConv2d(nn.Module):
    """What a convolution of stride 1 over one channel computes, from its own parameters, faster to train on a CPU.

    oneDNN takes ten times as long for the weight's gradient of such a layer as for its forward pass (28x28 images, 16
    channels of 5x5, one core with AVX2: 16 ms for 1.8 ms), since it has no channels to vectorise over. As the product
    of all patches and the weight, gradient and all, it is a third of the two.
    """

    def __init__(self, layer: nn.Conv2d) -> None:
        """Take the layer's parameters, under the same names.

        Args:
            layer: For which `is_narrow` holds.
        """
        super().__init__()
        self.weight, self.bias = layer.weight, layer.bias
        self.height, self.width = layer.kernel_size
        self.down, self.along = (int(size) for size in layer.padding)

    def forward(self, x: Tensor) -> Tensor:
        """(B, 1, H, W) to (B, C, H', W'), channels last."""
        if not torch.is_grad_enabled():
            return conv2d(x, self.weight, self.bias, padding=(self.down, self.along))
        x = pad(x[:, 0], (self.along, self.along, self.down, self.down))
        rows, columns = x.shape[1] - self.height + 1, x.shape[2] - self.width + 1
        # (height, width, B, rows, columns), whose long runs are cheap to copy, to (height * width, B * rows * columns).
        windows = x.unfold(1, rows, 1).unfold(2, columns, 1).permute(1, 2, 0, 3, 4)
        patches = windows.reshape(self.height * self.width, -1)
        weight = self.weight.reshape(len(self.weight), -1).T
        y = patches.T @ weight if self.bias is None else torch.addmm(self.bias, patches.T, weight)
        return y.view(len(x), rows, columns, -1).permute(0, 3, 1, 2)


def is_narrow(layer: nn.Module) -> TypeGuard[nn.Conv2d]:
    """Whether `NarrowConv2d` computes what the layer does."""
    return (
        isinstance(layer, nn.Conv2d)
        and layer.in_channels == 1
        and layer.stride == layer.dilation == (1, 1)
        and layer.padding_mode == "zeros"
        and not isinstance(layer.padding, str)
    )


def narrow_first(model: nn.Module) -> nn.Module:
    """The network with a narrow first convolution as a product; parameters and their names stay."""
    if isinstance(model, nn.Sequential) and is_narrow(first := model[0]):
        model[0] = NarrowConv2d(first)
    return model
