"""Computes the forward pass in oneDNN's own memory layout if that is faster.

Torch's max pooling on a CPU writes 64-bit indices, and scatters gradients through them. oneDNN's max pooling is as fast
as reading the tensor, but it needs oneDNN's own blocked layout, which is opaque to torch (`Tensor.to_mkldnn`). A step
of the `cnn` (batch 128, one core with AVX-512) takes 16 ms in this layout, and 20 to 22 ms in channels-last memory.
With AVX2 a step takes the same time in both layouts, and evaluation takes two thirds of the time.

oneDNN's max pooling and ReLU turn NaN into ordinary numbers, which would hide that a training diverged. So the layout
is used only while weights and running statistics are so small that nothing can overflow. Otherwise torch's own kernels
are used.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

from lrsearch.spec import Spec

BLOCK = 16
"""Channels in a block of oneDNN's layout with AVX-512. Incomplete blocks are padded: with 24 channels, padding costs
as much time as pooling gains."""
TAME = 1e3
"""Largest absolute value of a weight for which the layout is used."""
TAME_STATISTICS = 1e12
"""Largest absolute value of a batch norm's running mean or variance for which the layout is used."""

_MEASURED = ("AVX2", "AVX512")  # torch's names of the processors on which the layout was measured
_HEADS = (nn.Flatten, nn.AdaptiveMaxPool2d)  # the first layer after the convolutional part
_KNOWN = (nn.Conv2d, nn.MaxPool2d, nn.BatchNorm2d, nn.ReLU)  # layers with a forward and a backward pass in the layout
_LARGEST_INPUT = 1e3  # normalised pixels are at most 255
_NORM_GAIN = 1e3  # at most 1 / sqrt(eps) in evaluation, about the root of a channel's number of values in training


def may_block(spec: Spec, device: torch.device, dtype: torch.dtype) -> bool:
    """Whether a built-in network may use oneDNN's layout: only in float32, on a CPU with AVX2 or AVX-512.

    In bfloat16 (autocast) torch does not accept plain weights together with images in the layout.

    Args:
        spec: A resolved spec.
        device: Device of the network.
        dtype: Type of its weights.
    """
    plain = device.type == "cpu" and dtype == torch.float32 and spec.train.precision != "bf16"
    has_onednn: bool = torch.backends.mkldnn.is_available()  # type: ignore[no-untyped-call]  # torch has no types for it
    return plain and has_onednn and torch.backends.cpu.get_cpu_capability() in _MEASURED


def blocked_forward(model: nn.Module) -> Callable[[Tensor], Tensor]:
    """Return the forward pass of a network, with its convolutional part in oneDNN's layout if that is faster.

    oneDNN's layout is faster for a sequence of convolutions, max pooling, batch norms and ReLUs whose channels fill
    whole blocks. The sequence ends before the network is flattened. The network's own weights are used. Results differ
    only by rounding.

    Args:
        model: The network, float32 on a CPU. If the layout is used, its ReLUs no longer work in place.

    Returns:
        A function from images (B, C, H, W) to logits (B, n_classes).

    Example:
        >>> layers = [nn.Conv2d(1, 16, 3), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(16, 10)]
        >>> blocked_forward(nn.Sequential(*layers))(torch.zeros(5, 1, 4, 4)).shape
        torch.Size([5, 10])
    """
    n_layers = _convolutional_part(model)
    if not n_layers:
        return model
    convolutional, head = model[:n_layers], model[n_layers:]  # type: ignore[index]  # a Sequential, as just found
    weights = list(convolutional.parameters())
    statistics = [buffer for buffer in convolutional.buffers() if buffer.is_floating_point()]
    for layer in convolutional:
        if isinstance(layer, nn.ReLU):
            layer.inplace = False  # oneDNN's pooling needs its output in the backward pass

    def forward(x: Tensor) -> Tensor:
        usable = torch.backends.mkldnn.enabled and _tame(weights, TAME) and _tame(statistics, TAME_STATISTICS)
        logits: Tensor = head(convolutional(x.to_mkldnn()).to_dense()) if usable else model(x)
        return logits

    return forward


@torch.no_grad()
def _tame(tensors: list[Tensor], limit: float) -> bool:
    """Whether all absolute values are at most the limit; False if a value is NaN."""
    return not tensors or bool(torch.nn.utils.get_total_norm(tensors, math.inf) <= limit)


def _convolutional_part(model: nn.Module) -> int:
    """Return how many layers, from the first one on, can use the layout; 0 if the layout is not faster or not safe."""
    if type(model) is not nn.Sequential:
        return 0
    layers = list(model)
    n_layers = next((number for number, layer in enumerate(layers) if isinstance(layer, _HEADS)), 0)
    part = layers[:n_layers]
    convolutions = [layer for layer in part if isinstance(layer, nn.Conv2d)]
    whole = all(layer.out_channels % BLOCK == 0 for layer in convolutions)
    known = all(type(layer) in _KNOWN for layer in part)
    bounded = _largest_output(part) < torch.finfo(torch.float32).max
    return n_layers if convolutions and known and whole and bounded else 0


def _largest_output(layers: Sequence[nn.Module]) -> float:
    """Return an upper bound of the output of layers whose weights are within the limit."""
    bound = _LARGEST_INPUT
    for layer in layers:
        if isinstance(layer, nn.Conv2d):
            bound *= TAME * (1 + layer.weight[0].numel())
        elif isinstance(layer, nn.BatchNorm2d):
            bound *= TAME * _NORM_GAIN
    return bound
