"""Builds networks with your own function, checks that each one is new, and computes a fingerprint."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from itertools import chain
from typing import Any

import torch
from torch import Tensor, nn
from torch.multiprocessing.reductions import StorageWeakRef
from torch.nn.parameter import is_lazy

from lrsearch.errors import UsageError
from lrsearch.records import NetworkFacts

_FRESH = (
    "model: your function returned the same weights twice, so each rate would continue the training of the rate before "
    "it; build a new network, with new weights, in each call"
)


class OwnNetworks:
    """Builds networks. Refuses a network that shares tensors with an earlier one, if training changes these tensors.

    Parts that training does not change, such as a frozen backbone, may be shared.
    """

    def __init__(self, make: Callable[[], Any]) -> None:
        """Build nothing yet.

        Args:
            make: Your function; it takes nothing and returns a network.
        """
        self._make = make
        self._seen: dict[int, tuple[StorageWeakRef, str | None]] = {}

    def build(self, seed: int, device: torch.device | str = "cpu", **options: Any) -> nn.Module:  # noqa: ANN401  (of `Module.to`)
        """Build a network with weights that are drawn from a seed.

        Args:
            seed: Seed of torch's random generator while your function runs.
            device: Device of the network.
            options: Type and memory format, as `Module.to` takes them.

        Raises:
            UsageError: The function did not return a network, or not a new one.
        """
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            built = self._make()
        if not isinstance(built, nn.Module):
            raise UsageError(f"model: your function returned {_a(built)}; it must return a torch.nn.Module")
        self._seen = {key: seen for key, seen in self._seen.items() if not seen[0].expired()}  # type: ignore[no-untyped-call]  # torch has no types for it
        for tensor in _tensors(built):
            earlier = self._seen.get(_memory(tensor).cdata)
            if earlier and (tensor.requires_grad or earlier[1] != _digest(tensor)):
                raise UsageError(_FRESH)
        # `Module.to` takes the memory format in a call of its own.
        memory_format = options.pop("memory_format", None)
        built = built.to(device=device, **options)
        built = built if memory_format is None else built.to(memory_format=memory_format)
        for tensor in _tensors(built):
            reference = _memory(tensor)
            self._seen[reference.cdata] = reference, None if tensor.requires_grad else _digest(tensor)
        return built


def network_facts(make: Callable[[], Any], seed: int) -> NetworkFacts:
    """Build a network twice. Check that the second one is new, and return the fingerprint of the first.

    Args:
        make: Your function, as given to `run_search`.
        seed: Seed of the weights.

    Raises:
        UsageError: `make` is a network, or a function that does not build a new network in each call.
    """
    if isinstance(make, nn.Module):
        raise UsageError(
            "model: expected a function that builds the network, got a network; give `lambda: Net()`, for example"
        )
    networks = OwnNetworks(make)
    first = networks.build(seed)
    starts = [_start(network) for network in (first, networks.build(seed))]
    shapes = [(name, tuple(tensor.shape)) for name, tensor in first.state_dict().items() if _has_memory(tensor)]
    return NetworkFacts(
        shapes=hashlib.sha256(repr(shapes).encode()).hexdigest(),
        start=starts[0] if starts[0] == starts[1] else None,
    )


def _start(network: nn.Module) -> str:
    """Return a digest of the layers, their options and the weights."""
    digest = hashlib.sha256()
    for name, layer in network.named_modules():
        # Use only the descriptions of torch's own layers: others may contain memory addresses.
        options = layer.extra_repr() if type(layer).__module__.startswith("torch.nn.") else ""
        digest.update(f"{name}: {type(layer).__name__}({options})\n".encode())
    for tensor in _tensors(network):
        digest.update(_digest(tensor).encode())
    return digest.hexdigest()


def _tensors(network: nn.Module) -> Iterator[Tensor]:
    """Iterate over the parameters and buffers that have memory (`_has_memory`)."""
    return (each for each in chain(network.parameters(), network.buffers()) if _has_memory(each))


def _memory(tensor: Tensor) -> StorageWeakRef:
    """Return a weak reference to the memory of a tensor."""
    return StorageWeakRef(tensor.untyped_storage())  # type: ignore[no-untyped-call]  # torch has no types for it


def _has_memory(value: object) -> bool:
    """Whether a value is a plain tensor: not lazy, sparse or on the meta device, and no other state of a layer."""
    if not isinstance(value, Tensor) or is_lazy(value):
        return False
    return value.layout == torch.strided and not value.is_meta


def _digest(tensor: Tensor) -> str:
    """Return a digest of a tensor's values. Equal bits give equal digests."""
    plain = tensor.detach().cpu().contiguous().flatten().view(torch.uint8)
    return hashlib.sha256(plain.numpy().data).hexdigest()


def _a(value: object) -> str:
    return "nothing" if value is None else f"an object of type {type(value).__name__}"
