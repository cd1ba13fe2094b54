"""Builds the network of a plugin, checks its outputs, and tests whether such networks can train as one stack."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from lrsearch.catalog import MODELS
from lrsearch.errors import DataError, LrSearchError
from lrsearch.interfaces import Given
from lrsearch.plugins import plugin_name, users_traceback
from lrsearch.spec import Spec
from lrsearch.training.own_network import OwnNetworks
from lrsearch.training.stacked_forward import stacked_forward

_TOLERANCE = 1e-4
"""Largest relative difference between the outputs and gradients of a stack and of one network alone, in float32."""


def own_maker(spec: Spec, given: Given, shape: tuple[int, ...], n_outputs: int) -> Callable[[], Any] | None:
    """Return the function that builds the user's own network, from Python or of a plugin; None for a built-in one.

    Args:
        spec: The spec.
        given: The user's own model, if any.
        shape: Shape of an example.
        n_outputs: Number of outputs.
    """
    if given.model is not None:
        return given.model
    entry = MODELS[spec.model.name]
    if not entry.plugin:
        return None
    if entry.build is None:
        raise DataError(f"model: the plugin of '{entry.name}' is not loaded; name its file with --plugin")
    return partial(entry.build, shape, n_outputs, **spec.model.options)


def network_name(spec: Spec, given: Given) -> str:
    """Return what messages call the user's own network."""
    entry = MODELS[spec.model.name]
    return "model" if given.model is not None else f"model '{entry.name}' ({plugin_name(entry.plugin)})"


def check_outputs(make: Callable[[], Any], x: Tensor, n_outputs: int, name: str, seed: int) -> None:
    """Pass examples through a network, and check its outputs.

    Args:
        make: Builds the network.
        x: Examples, at least 2; (B, *shape).
        n_outputs: Number of outputs for each example.
        name: What messages call the network.
        seed: Seed of the weights.

    Raises:
        DataError: The outputs have another shape than (B, n_outputs).
        PluginError: The network raised an exception.
    """
    network = OwnNetworks(make, name).build(seed)
    with torch.random.fork_rng(devices=[]), torch.no_grad(), users_traceback(f"{name}, which got {_shape(x)}"):
        outputs = network.train()(x)
    if not isinstance(outputs, Tensor) or tuple(outputs.shape) != (len(x), n_outputs):
        found = _shape(outputs) if isinstance(outputs, Tensor) else f"an object of type {type(outputs).__name__}"
        raise DataError(
            f"{name}: for a batch of {len(x)} examples the network returned {found}; expected a tensor of shape "
            f"({len(x)}, {n_outputs}), with {'a number for each class' if n_outputs > 1 else 'one number each'}"
        )
    if not outputs.is_floating_point():
        raise DataError(f"{name}: the network returned {outputs.dtype}; expected floating-point numbers")


def _shape(x: Tensor) -> str:
    return f"a tensor of shape {tuple(x.shape)}"


def is_convolutional(network: nn.Module) -> bool:
    """Whether a network has convolutions."""
    return any(isinstance(layer, nn.modules.conv._ConvNd) for layer in network.modules())  # noqa: SLF001  (the base of all)


def obstacle_to_stack(make: Callable[[], Any], x: Tensor, seeds: tuple[int, int]) -> str | None:
    """Test whether two networks that train as one stack compute the same as each network alone.

    Args:
        make: Builds a network.
        x: Examples, at least 2; (B, *shape).
        seeds: The seeds of the weights.

    Returns:
        The reason why they cannot train as one stack; None if they can.
    """
    networks = [OwnNetworks(make).build(seed) for seed in seeds]
    if any(not parameter.requires_grad for network in networks for parameter in network.parameters()):
        return "some of its weights are frozen"
    names = list(networks[0].named_parameters(remove_duplicate=False))
    if len(names) > len(list(networks[0].parameters())):
        return "two of its layers share weights"
    with torch.random.fork_rng(devices=[]):
        if not torch.equal(_alone(networks[0], x, 0)["outputs"], _alone(networks[0], x, 1)["outputs"]):
            return "it draws random numbers, such as those of a dropout, which would differ in a stack"
        try:
            stack = _stack(networks, x)
        except LrSearchError:
            raise
        except Exception as error:  # noqa: BLE001  (vmap raises anything for what it cannot map)
            reason = " ".join(str(error).split())
            return f"torch.func.vmap cannot map it ({reason[:120]}{'...' if len(reason) > 120 else ''})"
        for k, network in enumerate(networks):
            alone = _alone(network, x, 0)
            if any(not _is_close(stack[name][k], value) for name, value in alone.items()):
                return "a stack computes other numbers than one network alone"
    return None


def _alone(network: nn.Module, x: Tensor, seed: int) -> dict[str, Tensor]:
    """Return the outputs, gradients and buffers of one network after a training step without an update."""
    torch.manual_seed(seed)
    before = {name: buffer.clone() for name, buffer in network.named_buffers()}
    outputs = network.train()(x)
    found = _gradients(outputs, dict(network.named_parameters()))
    found |= {name: buffer.clone() for name, buffer in network.named_buffers()}
    for name, buffer in network.named_buffers():
        buffer.copy_(before[name])
    return {"outputs": outputs.detach(), **found}


def _stack(networks: list[nn.Module], x: Tensor) -> dict[str, Tensor]:
    """Return what `_alone` returns, for a stack; each (K, ...)."""

    def stacked(named: list[Mapping[str, Tensor]]) -> dict[str, Tensor]:
        return {name: torch.stack([each[name].detach() for each in named]) for name in named[0]}

    weights = {
        name: weight.requires_grad_()
        for name, weight in stacked([dict(network.named_parameters()) for network in networks]).items()
    }
    buffers = stacked([dict(network.named_buffers()) for network in networks])
    outputs = stacked_forward(networks[0].train(), weights, buffers, x, own_images=False)
    return {"outputs": outputs.detach(), **_gradients(outputs, weights), **buffers}


def _gradients(outputs: Tensor, weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return the gradients of the sum of squared outputs; zeros for a weight that the network does not use."""
    found = torch.autograd.grad(outputs.square().sum(), list(weights.values()), allow_unused=True)
    pairs = zip(weights.items(), found, strict=True)
    return {name: torch.zeros_like(weight) if of is None else of for (name, weight), of in pairs}


def _is_close(one: Tensor, other: Tensor) -> bool:
    if one.shape != other.shape:
        return False
    scale = max(1e-6, float(other.detach().abs().max())) if other.numel() else 1.0
    return torch.allclose(one.double(), other.double(), rtol=0.0, atol=_TOLERANCE * scale)
