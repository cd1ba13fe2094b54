"""Builds the optimizers of torch by their names in the catalog."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

import torch

from lrsearch.catalog import OPTIMIZERS
from lrsearch.errors import UsageError
from lrsearch.plugins import plugin_name, users_traceback
from lrsearch.spec import Spec

Group: TypeAlias = dict[str, Any]
"""A group of parameters, as torch's optimizers take it."""

FACTOR = "lr_factor"
"""The key of a group that holds its rate divided by the searched rate."""

# A fused optimizer updates all parameters in one kernel. Measured on digits (mlp, two cores): a training step takes a
# tenth less time.
_FUSED = frozenset({"sgd", "adam", "adamw"})


# Torch wraps some methods of optimizers so that its compiler skips them. The first call of a wrapper imports the
# compiler, which takes 1.6 s on two cores. The wrapper then caches the method that it calls. Nothing is compiled here,
# so put the plain method into that cache beforehand; the compiler is then never imported.
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
    capturable: bool = False,
) -> torch.optim.Optimizer:
    """Build an optimizer.

    Args:
        name: A key of `catalog.OPTIMIZERS`.
        options: Its options under torch's own names, with all defaults filled in.
        parameters: The parameters to update.
        lr: The learning rate of the first step; the trainer sets `param_groups[...]["lr"]` at each step.
        undecayed: More parameters to update; weight decay is not applied to them.
        stacked: Whether each parameter is a stack (K, ...) of the parameters of K networks, which must all be updated
            by the same arithmetic.
        capturable: Whether a CUDA graph will record the steps (only on a GPU). The optimizer then counts and computes
            nothing in Python, and the trainer sets the rate as a tensor. See `catalog.OptimizerEntry.capturable`.

    Returns:
        The optimizer. For sgd, adam and adamw it is a fused one, unless it updates a stack on a CPU.
    """
    groups: list[dict[str, Any]] = [{"params": list(parameters)}]
    if without := list(undecayed):
        groups.append({"params": without, "weight_decay": 0.0})
    devices = {parameter.device.type for group in groups for parameter in group["params"]}
    # On a CPU, a fused kernel rounds the last few numbers of a tensor differently. In a stack these belong to the last
    # network, which would then differ from the others.
    fused = {"fused": True} if name in _FUSED and devices <= ({"cuda"} if stacked else {"cpu", "cuda"}) else {}
    recorded = {"capturable": True} if capturable and name != "sgd" else {}  # sgd has nothing to count
    make = getattr(torch.optim, OPTIMIZERS[name].torch_name)
    optimizer: torch.optim.Optimizer = make(groups, lr=lr, **options, **fused, **recorded)
    return optimizer


def spec_optimizer(
    spec: Spec,
    parameters: Sequence[torch.Tensor],
    lr: float,
    *,
    stacked: bool = False,
    capturable: bool = False,
    groups: Sequence[Group] | None = None,
) -> torch.optim.Optimizer:
    """Build the optimizer of a spec. With `weight_decay_on: weights`, biases and norm layers have no weight decay.

    Args:
        spec: A checked spec.
        parameters: The parameters to update.
        lr: The learning rate of the first step.
        stacked: Whether each parameter is a stack (K, ...) of the parameters of K networks.
        capturable: Whether a CUDA graph will record the steps.
        groups: The parameters in the groups of a plugin, each with its `lr_factor`; None for one group.
    """
    name, options = spec.train.optimizer.name, spec.train.optimizer.options
    if groups is not None or OPTIMIZERS[name].plugin:
        own = groups or [{"params": list(parameters)}]
        own = _without_decay(own) if spec.train.weight_decay_on == "weights" else own
        return make_plugged(name, options, own, lr)
    if spec.train.weight_decay_on == "all":
        return make_optimizer(name, options, parameters, lr, stacked=stacked, capturable=capturable)
    # Biases, and the scale and shift of a norm, are vectors with one number for each unit or channel.
    weights = [p for p in parameters if p.dim() - stacked > 1]
    vectors = [p for p in parameters if p.dim() - stacked <= 1]
    return make_optimizer(name, options, weights, lr, undecayed=vectors, stacked=stacked, capturable=capturable)


def _without_decay(groups: Sequence[Group]) -> list[Group]:
    """Split each group, so that biases and norm layers have no weight decay."""
    made: list[Group] = []
    for group in groups:
        made.append({**group, "params": [p for p in group["params"] if p.dim() > 1]})
        made.append({**group, "params": [p for p in group["params"] if p.dim() <= 1], "weight_decay": 0.0})
    return [group for group in made if group["params"]]


def make_plugged(name: str, options: Mapping[str, Any], groups: Sequence[Group], lr: float) -> torch.optim.Optimizer:
    """Build an optimizer of groups of parameters, or an optimizer of a plugin.

    Args:
        name: A key of `catalog.OPTIMIZERS`.
        options: Its options.
        groups: The groups, as torch takes them; `lr_factor` is the rate of a group divided by the searched rate.
        lr: The searched rate of the first step.

    Raises:
        UsageError: The function of a plugin returned no optimizer, or an optimizer with other parameters.
    """
    entry = OPTIMIZERS[name]
    given = [{**group, "lr": lr * float(group.get(FACTOR, 1.0))} for group in groups]
    if not entry.plugin:
        made: torch.optim.Optimizer = getattr(torch.optim, entry.torch_name)(given, lr=lr, **options)
        return made
    what = f"optimizer '{name}' ({plugin_name(entry.plugin)})"
    if entry.build is None:
        raise UsageError(f"{what}: the plugin is not loaded; name its file with --plugin")
    has_groups = len(given) > 1 or FACTOR in given[0]
    optimizer = entry.build(given if has_groups else given[0]["params"], lr, **options)
    if not isinstance(optimizer, torch.optim.Optimizer):
        found = "nothing" if optimizer is None else f"an object of type {type(optimizer).__name__}"
        raise UsageError(f"{what}: the function returned {found}; it must return a torch.optim.Optimizer")
    wanted = {id(parameter) for group in groups for parameter in group["params"]}
    if {id(parameter) for group in optimizer.param_groups for parameter in group["params"]} != wanted:
        raise UsageError(f"{what}: the returned optimizer must hold exactly the parameters that the function was given")
    return optimizer


def set_rate(optimizer: torch.optim.Optimizer, lr: float | torch.Tensor) -> None:
    """Set the learning rate of the next step. Groups of a plugin keep the ratio of their rates."""
    for group in optimizer.param_groups:
        group["lr"] = lr * group[FACTOR] if FACTOR in group else lr


@torch.no_grad()
def take_step(optimizer: torch.optim.Optimizer) -> None:
    """Take one optimizer step without torch's wrappers, which would import torch's compiler (1.6 s).

    Args:
        optimizer: From `make_optimizer`; the gradients of its parameters must be computed already.
    """
    if type(optimizer).__module__.startswith("torch."):
        inspect.unwrap(type(optimizer).step)(optimizer)
    else:  # of a plugin: a wrapper may be part of its step
        with torch.enable_grad(), users_traceback(f"optimizer {type(optimizer).__name__}"):
            optimizer.step()
