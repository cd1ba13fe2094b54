"""torch's own optimizers, by their name in the catalog."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import torch

from lrsearch.catalog import OPTIMIZERS
from lrsearch.spec import Spec

# One kernel for all parameters: measured on digits (mlp, two cores), a training step takes a tenth less time.
_FUSED = frozenset({"sgd", "adam", "adamw"})


# Torch wraps some methods so that its compiler leaves them alone, and imports the compiler (1.6 s on two cores) when
# they are first called. What is never compiled needs none of that: here torch keeps what it calls from then on.
for _name in ("add_param_group", "zero_grad", "state_dict", "load_state_dict"):
    _plain = inspect.unwrap(getattr(torch.optim.Optimizer, _name))
    _plain.__dict__.setdefault("__dynamo_disable", _plain)


def make_optimizer(
    name: str,
    options: Mapping[str, Any],
    parameters: Iterable[torch.Tensor],
    lr: float,
    *,
    undecayed: Iterable[torch.Tensor] = (),
    stacked: bool = False,
) -> torch.optim.Optimizer:
    """Build an optimizer.

    Args:
        name: A key of `catalog.OPTIMIZERS`.
        options: Its options under torch's own names, defaults filled in.
        parameters: What it moves.
        lr: The learning rate of the first step; the trainer sets `param_groups[...]["lr"]` at each step.
        undecayed: Further parameters that it moves, without weight decay.
        stacked: Whether each parameter is (K, ...), that of K networks, which are to be moved alike.
    """
    groups: list[dict[str, Any]] = [{"params": list(parameters)}]
    if without := list(undecayed):
        groups.append({"params": without, "weight_decay": 0.0})
    devices = {parameter.device.type for group in groups for parameter in group["params"]}
    # On a CPU a fused kernel rounds the last few numbers of a tensor otherwise: in a stack, those of the last member.
    fused = {"fused": True} if name in _FUSED and devices <= ({"cuda"} if stacked else {"cpu", "cuda"}) else {}
    make = getattr(torch.optim, OPTIMIZERS[name].torch_name)
    optimizer: torch.optim.Optimizer = make(groups, lr=lr, **options, **fused)
    return optimizer


def spec_optimizer(
    spec: Spec, parameters: Sequence[torch.Tensor], lr: float, *, stacked: bool = False
) -> torch.optim.Optimizer:
    """The optimizer of a spec; it leaves biases and norms undecayed where the spec says so.

    Args:
        spec: A checked spec.
        parameters: What it moves.
        lr: The learning rate of the first step.
        stacked: Whether each parameter is (K, ...), that of K networks.
    """
    name, options = spec.train.optimizer.name, spec.train.optimizer.options
    if spec.train.weight_decay_on == "all":
        return make_optimizer(name, options, parameters, lr, stacked=stacked)
    # A bias, and what a norm scales and shifts by, is a vector: one number for each unit or channel.
    weights = [p for p in parameters if p.dim() - stacked > 1]
    vectors = [p for p in parameters if p.dim() - stacked <= 1]
    return make_optimizer(name, options, weights, lr, undecayed=vectors, stacked=stacked)


@torch.no_grad()
def take_step(optimizer: torch.optim.Optimizer) -> None:
    """One step of an optimizer, by its own code without the wrappers: those import torch's compiler (1.6 s).

    Args:
        optimizer: Of `make_optimizer`; the gradients of its parameters are there.
    """
    inspect.unwrap(type(optimizer).step)(optimizer)
