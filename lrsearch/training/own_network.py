"""Networks of your own: built by your function, each one fresh, and known again by a fingerprint."""

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
    "model: your function returned a network whose weights it had returned before, so that every rate would go on from "
    "the weights of the rate before it; build a new network, with new weights, in each call"
)


class OwnNetworks:
    """Builds networks, and refuses one that shares what a training changes with a network built earlier.

    A part that no training changes, such as a frozen backbone, may be shared.
    """

    def __init__(self, make: Callable[[], Any]) -> None:
        """Build nothing yet.

        Args:
            make: Your function; it takes nothing and returns a network.
        """
        self._make = make
        self._seen: dict[int, tuple[StorageWeakRef, str | None]] = {}

    def build(self, seed: int, device: torch.device | str = "cpu", **options: Any) -> nn.Module:  # noqa: ANN401  (of `Module.to`)
        """Build a network, its weights drawn under a seed.

        Args:
            seed: Of torch's generator while your function runs.
            device: Where the network is to be.
            options: Type and memory format, as `Module.to` takes them.

        Raises:
            UsageError: It is no network, or not a fresh one.
        """
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            built = self._make()
        if not isinstance(built, nn.Module):
            raise UsageError(f"model: your function returned {_a(built)}; return a torch.nn.Module")
        self._seen = {key: seen for key, seen in self._seen.items() if not seen[0].expired()}  # type: ignore[no-untyped-call]  # torch has no types for it
        for tensor in _tensors(built):
            earlier = self._seen.get(_memory(tensor).cdata)
            if earlier and (tensor.requires_grad or earlier[1] != _digest(tensor)):
                raise UsageError(_FRESH)
        # `Module.to` takes the memory format apart from the rest.
        memory_format = options.pop("memory_format", None)
        built = built.to(device=device, **options)
        built = built if memory_format is None else built.to(memory_format=memory_format)
        for tensor in _tensors(built):
            reference = _memory(tensor)
            self._seen[reference.cdata] = reference, None if tensor.requires_grad else _digest(tensor)
        return built


def network_facts(make: Callable[[], Any], seed: int) -> NetworkFacts:
    """Build a network twice: check that the second is a fresh one, and take the fingerprint of the first.

    Args:
        make: Your function, as given to `run_search`.
        seed: Of the weights.

    Raises:
        UsageError: The function does not build a fresh network.
    """
    if isinstance(make, nn.Module):
        raise UsageError("model: give a function that builds the network, not a network; such as `lambda: Net()`")
    networks = OwnNetworks(make)
    first = networks.build(seed)
    starts = [_start(network) for network in (first, networks.build(seed))]
    shapes = [(name, tuple(tensor.shape)) for name, tensor in first.state_dict().items() if _has_memory(tensor)]
    return NetworkFacts(
        shapes=hashlib.sha256(repr(shapes).encode()).hexdigest(),
        start=starts[0] if starts[0] == starts[1] else None,
    )


def _start(network: nn.Module) -> str:
    """A digest of the layers with their options, and of the weights."""
    digest = hashlib.sha256()
    for name, layer in network.named_modules():
        # Only torch's own layers describe themselves without addresses of objects.
        options = layer.extra_repr() if type(layer).__module__.startswith("torch.nn.") else ""
        digest.update(f"{name}: {type(layer).__name__}({options})\n".encode())
    for tensor in _tensors(network):
        digest.update(_digest(tensor).encode())
    return digest.hexdigest()


def _tensors(network: nn.Module) -> Iterator[Tensor]:
    """The parameters and buffers that have memory of their own."""
    return (each for each in chain(network.parameters(), network.buffers()) if _has_memory(each))


def _memory(tensor: Tensor) -> StorageWeakRef:
    """A reference to the memory of a tensor, which does not keep it."""
    return StorageWeakRef(tensor.untyped_storage())  # type: ignore[no-untyped-call]  # torch has no types for it


def _has_memory(value: object) -> bool:
    """Whether it is a plain tensor, rather than one that is lazy or sparse, or other state of a layer."""
    if not isinstance(value, Tensor) or is_lazy(value):
        return False
    return value.layout == torch.strided and not value.is_meta


def _digest(tensor: Tensor) -> str:
    """A digest of a tensor's values; equal for equal bits."""
    plain = tensor.detach().cpu().contiguous().flatten().view(torch.uint8)
    return hashlib.sha256(plain.numpy().data).hexdigest()


def _a(value: object) -> str:
    return "nothing" if value is None else f"an object of type {type(value).__name__}"
