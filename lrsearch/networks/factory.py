"""Builds the network that a spec names, with weights drawn from a seed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import nn

from lrsearch.networks.cnn import cnn
from lrsearch.networks.convnet import convnet
from lrsearch.networks.mlp import mlp


def _resnet18(shape: tuple[int, int, int], n_classes: int, **options: Any) -> nn.Module:  # noqa: ANN401  (of any kind)
    from lrsearch.networks.resnet18 import resnet18  # torchvision takes a second to import

    return resnet18(shape, n_classes, **options)


_MODELS: dict[str, Callable[..., nn.Module]] = {"mlp": mlp, "cnn": cnn, "convnet": convnet, "resnet18": _resnet18}


def make_model(name: str, options: Mapping[str, Any], shape: tuple[int, ...], n_classes: int, seed: int) -> nn.Module:
    """Build a network on the CPU; its random weights depend only on the seed.

    Args:
        name: A key of `catalog.MODELS`.
        options: Its options, with all defaults filled in.
        shape: Shape of an example; (channels, height, width) of an image.
        n_classes: Number of outputs.
        seed: Seed of the weights; torch's global random state does not change.

    Returns:
        A module from (B, C, H, W) float images to (B, n_classes) logits.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return _MODELS[name](shape, n_classes, **options)
