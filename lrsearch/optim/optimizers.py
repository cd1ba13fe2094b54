"""torch's own optimizers, by their name in the catalog."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from typing import Any

import torch

from lrsearch.catalog import OPTIMIZERS

# One kernel for all parameters: measured on digits (mlp, two cores), a training step takes a tenth less time.
_FUSED = frozenset({"sgd", "adam", "adamw"})


# Torch wraps some methods so that its compiler leaves them alone, and imports the compiler (1.6 s on two cores) when
# they are first called. What is never compiled needs none of that: here torch keeps what it calls from then on.
for _name in ("add_param_group", "zero_grad", "state_dict", "load_state_dict"):
    _plain = inspect.unwrap(getattr(torch.optim.Optimizer, _name))
    _plain.__dict__.setdefault("__dynamo_disable", _plain)


def make_optimizer(
    name: str, options: Mapping[str, Any], parameters: Iterable[torch.Tensor], lr: float
) -> torch.optim.Optimizer:
    """Build an optimizer.

    Args:
        name: A key of `catalog.OPTIMIZERS`.
        options: Its options under torch's own names, defaults filled in.
        parameters: What it moves.
        lr: The learning rate of the first step; the trainer sets `param_groups[...]["lr"]` at each step.
    """
    parameters = list(parameters)
    fused = name in _FUSED and all(p.device.type in {"cpu", "cuda"} for p in parameters)
    make = getattr(torch.optim, OPTIMIZERS[name].torch_name)
    optimizer: torch.optim.Optimizer = make(parameters, lr=lr, **options, **({"fused": True} if fused else {}))
    return optimizer


@torch.no_grad()
def take_step(optimizer: torch.optim.Optimizer) -> None:
    """One step of an optimizer, by its own code without the wrappers: those import torch's compiler (1.6 s).

    Args:
        optimizer: Of `make_optimizer`; the gradients of its parameters are there.
    """
    inspect.unwrap(type(optimizer).step)(optimizer)
