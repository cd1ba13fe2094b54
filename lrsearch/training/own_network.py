"""Builds networks with your own function, and checks that each network is new."""

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

_FRESH = (
    "your function returned the same weights twice, so each rate would continue the training of the previous "
    "rate; build a new network, with new weights, in each call"
)


class OwnNetworks:
    """Builds networks. Refuses a network that shares tensors with an earlier one, if training changes these tensors.

    Parts that training does not change, such as a frozen backbone, may be shared.
    """

    def __init__(self, make: Callable[[], Any], name: str = "model") -> None:
        """Store the function; `build` calls it.

        Args:
            make: Your function, which takes no arguments and returns a network.
            name: What messages call the network.
        """
        self._make, self._name = make, name
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
            raise UsageError(
                f"{self._name}: your function returned {_a(built)}; the function must return a torch.nn.Module"
            )
        self._seen = {key: seen for key, seen in self._seen.items() if not seen[0].expired()}  # type: ignore[no-untyped-call]  # torch has no types for it
        for tensor in tensors(built):
            earlier = self._seen.get(_memory(tensor).cdata)
            if earlier and (tensor.requires_grad or earlier[1] != digest_of(tensor)):
                raise UsageError(f"{self._name}: {_FRESH}")
        # `Module.to` takes the memory format in a call of its own.
        memory_format = options.pop("memory_format", None)
        built = built.to(device=device, **options)
        built = built if memory_format is None else built.to(memory_format=memory_format)
        for tensor in tensors(built):
            reference = _memory(tensor)
            self._seen[reference.cdata] = reference, None if tensor.requires_grad else digest_of(tensor)
        return built


def tensors(network: nn.Module) -> Iterator[Tensor]:
    """Iterate over the parameters and buffers that have memory (`has_memory`)."""
    return (each for each in chain(network.parameters(), network.buffers()) if has_memory(each))


def _memory(tensor: Tensor) -> StorageWeakRef:
    """Return a weak reference to the memory of a tensor."""
    return StorageWeakRef(tensor.untyped_storage())  # type: ignore[no-untyped-call]  # torch has no types for it


def has_memory(value: object) -> bool:
    """Whether a value is a plain tensor: not lazy, sparse or on the meta device, and no other state of a layer."""
    if not isinstance(value, Tensor) or is_lazy(value):
        return False
    return value.layout == torch.strided and not value.is_meta


def digest_of(tensor: Tensor) -> str:
    """Return a digest of a tensor's values. Equal bits give equal digests."""
    plain = tensor.detach().cpu().contiguous().flatten().view(torch.uint8)
    return hashlib.sha256(plain.numpy().data).hexdigest()


def _a(value: object) -> str:
    return "nothing" if value is None else f"an object of type {type(value).__name__}"
