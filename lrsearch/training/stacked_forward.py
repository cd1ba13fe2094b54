"""Computes the forward pass of K networks at once: layer by layer if that is faster, otherwise with vmap.

`torch.func.vmap` maps any network, but a mapped linear layer takes twice the time of a batched matrix product (digits,
mlp, 32 members, one core). So an `nn.Sequential` is computed layer by layer: a linear layer as one batched product, an
elementwise layer on the whole stack, and any other layer with `vmap`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import torch
from torch import Tensor, nn
from torch.func import functional_call, vmap

from lrsearch.networks import Dropout

Stacked: TypeAlias = Mapping[str, Tensor]
"""Parameters or buffers by their names in the network, each stacked to (K, ...)."""


@dataclass(frozen=True)
class DropoutMasks:
    """Draws the masks of dropout. Members with the same repeat share the masks, because they share the images.

    Attributes:
        generators: A random generator for each repeat, on the device.
        rows: Index of each member's generator; (K,). None if there is only one generator.
    """

    generators: Sequence[torch.Generator]
    rows: Tensor | None

    def drop(self, layer: Dropout, x: Tensor, *, stacked: bool) -> Tensor:
        """Apply a dropout layer to x. The shape of x is (K, B, ...) if `stacked`, else (B, ...) for all members."""
        shape = x.shape[1:] if stacked else x.shape
        masks = [layer.mask(shape, x, generator) for generator in self.generators]
        return x * (masks[0] if self.rows is None else torch.stack(masks)[self.rows])


def stacked_forward(
    model: nn.Module,
    parameters: Stacked,
    buffers: Stacked,
    x: Tensor,
    *,
    own_images: bool,
    masks: DropoutMasks | None = None,
) -> Tensor:
    """Compute the logits of every member.

    Args:
        model: The network; its own weights are not used.
        parameters: The members' parameters.
        buffers: The members' buffers; training updates the buffers of batch norms in place.
        x: Images: (K, B, C, H, W) if `own_images`, else (B, C, H, W), the same for all members.
        own_images: Whether each member has its own images.
        masks: The dropout masks, in training; None if nothing is dropped.

    Returns:
        (K, B, n_classes).
    """
    if type(model) is not nn.Sequential:
        return _mapped(model, parameters, buffers, x, stacked=own_images)
    stacked = own_images  # whether x already has a dimension for the members
    for name, layer in model.named_children():
        weights, state = _below(name, parameters), _below(name, buffers)
        if isinstance(layer, Dropout):
            x = masks.drop(layer, x, stacked=stacked) if masks else x
        elif isinstance(layer, nn.Flatten):
            x = x.flatten(2 if stacked else 1)
        elif isinstance(layer, nn.Linear) and not torch.is_autocast_enabled(x.device.type):
            weight = weights["weight"]
            x = x if stacked else x.expand(len(weight), *x.shape)
            x = _StackedLinear.apply(x, weight, weights["bias"]) if "bias" in weights else torch.bmm(x, weight.mT)
        elif isinstance(layer, nn.BatchNorm1d | nn.BatchNorm2d) and stacked:
            x = _normalised(layer, weights, state, x)
        elif isinstance(layer, nn.ReLU) or not (stacked or weights):
            x = layer(x)
        else:
            if stacked and x.shape[1] == 1 and layer.training:
                x = (
                    x.contiguous()
                )  # without this, torch 2.14 computes a wrong weight gradient of a mapped convolution on a CPU
            x = _mapped(layer, weights, state, x, stacked=stacked)
        stacked = stacked or bool(weights)
    return x


def _normalised(layer: nn.BatchNorm1d | nn.BatchNorm2d, weights: Stacked, state: Stacked, x: Tensor) -> Tensor:
    """Apply batch norm to (K, B, C, ...), as one batch norm over K * C channels.

    `vmap` refuses batch norm on a GPU for channels-last images. Training updates the running statistics in place; only
    evaluation reads these statistics.
    """
    if layer.training:
        state["num_batches_tracked"].add_(1)
    normalised = torch.nn.functional.batch_norm(
        x.transpose(0, 1).flatten(1, 2),  # (B, K * C, ...)
        state["running_mean"].view(-1),
        state["running_var"].view(-1),
        weights["weight"].flatten(),
        weights["bias"].flatten(),
        layer.training,
        0.0 if layer.momentum is None else layer.momentum,
        layer.eps,
    )
    return normalised.view(x.shape[1], x.shape[0], *x.shape[2:]).transpose(0, 1)


class _StackedLinear(torch.autograd.Function):
    """K linear layers: x (K, B, n_in), weight (K, n_out, n_in) and bias (K, n_out) give (K, B, n_out).

    Autograd's own gradient of `baddbmm` transposes and copies the weight's gradient: a step takes a sixth more time.
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:  # noqa: ANN401  (torch types no context)
        ctx.save_for_backward(x, weight)
        return torch.baddbmm(bias.unsqueeze(1), x, weight.mT)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, Tensor, Tensor]:  # noqa: ANN401  (the same)
        (gradient,) = gradients
        x, weight = ctx.saved_tensors
        of_x = torch.bmm(gradient, weight) if ctx.needs_input_grad[0] else None
        return of_x, torch.bmm(gradient.mT, x), gradient.sum(1)


def _mapped(layer: nn.Module, parameters: Stacked, buffers: Stacked, x: Tensor, *, stacked: bool) -> Tensor:
    """Apply a network or a layer to all members with `vmap`."""

    def one(parameters: Stacked, buffers: Stacked, x: Tensor) -> Tensor:
        y: Tensor = functional_call(layer, {**parameters, **buffers}, (x,))
        return y

    result: Tensor = vmap(one, in_dims=(0, 0, 0 if stacked else None), randomness="different")(parameters, buffers, x)
    return result


def _below(name: str, tensors: Stacked) -> dict[str, Tensor]:
    """Return the tensors of one layer, by their names in that layer."""
    prefix = f"{name}."
    return {key.removeprefix(prefix): tensor for key, tensor in tensors.items() if key.startswith(prefix)}
