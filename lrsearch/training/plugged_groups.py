"""The groups into which a plugin sorts the parameters of its network, each with its share of the searched rate."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from torch import nn

from lrsearch.catalog import MODELS
from lrsearch.errors import UsageError
from lrsearch.optim.optimizers import FACTOR, Group
from lrsearch.plugins import plugin_name
from lrsearch.spec import Choice


def plugged_groups(model: Choice, network: nn.Module) -> list[Group] | None:
    """Return the groups of a network's parameters; None if the model has none.

    Args:
        model: The spec's model.
        network: A network of the model.

    Raises:
        UsageError: The function did not return groups that hold every trained parameter once.
    """
    entry = MODELS[model.name]
    if entry.groups is None:
        return None
    what = f"parameter_groups of model '{entry.name}' ({plugin_name(entry.plugin)})"
    answer = entry.groups(network, **model.options)
    if not isinstance(answer, list | tuple) or not answer or not all(isinstance(each, Mapping) for each in answer):
        raise UsageError(f'{what}: expected a list of mappings with "params", as torch.optim takes them')
    groups = [_group(each, what) for each in answer]
    groups = [{**each, "params": [p for p in each["params"] if p.requires_grad]} for each in groups]
    held = [id(parameter) for group in groups for parameter in group["params"]]
    trained = {id(parameter): name for name, parameter in network.named_parameters() if parameter.requires_grad}
    if missing := [name for key, name in trained.items() if key not in held]:
        raise UsageError(f"{what}: no group holds {missing[0]}; freeze it (requires_grad_(False)) or add it to a group")
    if len(held) != len(set(held)):
        twice = next(trained.get(key, "a parameter") for key in held if held.count(key) > 1)
        raise UsageError(f"{what}: two groups hold {twice}; keep it in one of them")
    return [group for group in groups if group["params"]]


def _group(values: Mapping[str, Any], what: str) -> Group:
    if "params" not in values:
        raise UsageError(f'{what}: a group has no "params"')
    if "lr" in values:
        raise UsageError(f"{what}: a group sets lr; set {FACTOR}, its rate divided by the searched rate")
    factor = values.get(FACTOR, 1.0)
    if isinstance(factor, bool) or not isinstance(factor, int | float) or not 0 < factor < math.inf:
        raise UsageError(f"{what}: {FACTOR} must be a number above 0, got {factor!r}")
    params = values["params"]
    return {**values, FACTOR: float(factor), "params": [params] if hasattr(params, "grad_fn") else list(params)}
