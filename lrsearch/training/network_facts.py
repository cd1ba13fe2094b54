"""Computes the fingerprints of the network of a search: of your own function, or of a built-in model."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from lrsearch.data import Sizes
from lrsearch.errors import UsageError
from lrsearch.networks import make_model
from lrsearch.records import NetworkFacts
from lrsearch.spec import Choice
from lrsearch.training.own_network import OwnNetworks, digest_of, has_memory, tensors

_MOST_DRAWN = 500_000
"""Maximum number of weights of a built-in network whose initial weights are part of its fingerprint.

The weights are drawn at each start of a search. 500,000 weights take 30 to 70 ms, and the 11 million weights of a
resnet18 take 1.3 s (on two busy cores). For a network with more weights, only names and shapes are compared."""


def own_network_facts(make: Callable[[], Any], seed: int, name: str = "model") -> NetworkFacts:
    """Build two networks. Check that the second network is new, and return the fingerprint of the first.

    Args:
        make: Your function, as given to `run_search`.
        seed: Seed of the weights.
        name: What messages call the network.

    Raises:
        UsageError: `make` is a network, or a function that does not build a new network in each call.
    """
    if isinstance(make, nn.Module):
        raise UsageError(
            "model: expected a function that builds the network, got a network; give `lambda: Net()`, for example"
        )
    networks = OwnNetworks(make, name)
    first = networks.build(seed)
    starts = [_start(network) for network in (first, networks.build(seed))]
    named = {name: tensor for name, tensor in first.state_dict().items() if has_memory(tensor)}
    return NetworkFacts(shapes=_shapes(named), start=starts[0] if starts[0] == starts[1] else None)


def built_in_facts(model: Choice, sizes: Sizes, seed: int) -> NetworkFacts:
    """Return the fingerprint of a built-in network.

    Args:
        model: The spec's model.
        sizes: The sizes of the data.
        seed: Seed of the weights.
    """

    def make() -> nn.Module:
        return make_model(model.name, model.options, sizes.shape, sizes.n_outputs, seed, sizes.n_words)

    with torch.device("meta"):
        bare = make()
    is_small = sum(parameter.numel() for parameter in bare.parameters()) <= _MOST_DRAWN
    return NetworkFacts(shapes=_shapes(bare.state_dict()), start=_start(make()) if is_small else None)


def _shapes(named: dict[str, torch.Tensor]) -> str:
    """Return a digest of the names and shapes of weights."""
    return hashlib.sha256(repr([(name, tuple(tensor.shape)) for name, tensor in named.items()]).encode()).hexdigest()


def _start(network: nn.Module) -> str:
    """Return a digest of the layers, their options and the weights."""
    digest = hashlib.sha256()
    for name, layer in network.named_modules():
        # Use only the descriptions of torch's own layers: others may contain memory addresses.
        options = layer.extra_repr() if type(layer).__module__.startswith("torch.nn.") else ""
        digest.update(f"{name}: {type(layer).__name__}({options})\n".encode())
    for tensor in tensors(network):
        digest.update(digest_of(tensor).encode())
    return digest.hexdigest()
