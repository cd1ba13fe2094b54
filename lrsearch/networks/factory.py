"""Builds the network that a spec names, with weights drawn from a seed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import torch
from torch import nn

from lrsearch.networks.bow import bow
from lrsearch.networks.cnn import cnn
from lrsearch.networks.convnet import convnet
from lrsearch.networks.mlp import mlp
from lrsearch.networks.recurrent import recurrent


def _resnet18(shape: tuple[int, int, int], n_classes: int, **options: Any) -> nn.Module:  # noqa: ANN401  (of any kind)
    from lrsearch.networks.resnet18 import resnet18  # torchvision takes a second to import

    return resnet18(shape, n_classes, **options)


_MODELS: dict[str, Callable[..., nn.Module]] = {"mlp": mlp, "cnn": cnn, "convnet": convnet, "resnet18": _resnet18}
_OF_TEXTS: dict[str, Callable[..., nn.Module]] = {
    "lstm": partial(recurrent, nn.LSTM),
    "gru": partial(recurrent, nn.GRU),
    "bow": bow,
}


def make_model(
    name: str,
    options: Mapping[str, Any],
    shape: tuple[int, ...],
    n_outputs: int,
    seed: int,
    n_words: int | None = None,
) -> nn.Module:
    """Build a network on the CPU; its random weights depend only on the seed.

    Args:
        name: A key of `catalog.MODELS`.
        options: Its options, with all defaults filled in.
        shape: Shape of an example; (channels, height, width) of an image.
        n_outputs: Number of outputs: one for each class, or one for a regression.
        seed: Seed of the weights; torch's global random state does not change.
        n_words: Numbers that a word of a text can have; None for other examples.

    Returns:
        A module from inputs, (B, *shape), to outputs, (B, n_outputs).
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        if n_words is not None:
            return _OF_TEXTS[name](n_words, n_outputs, **options)
        return _MODELS[name](shape, n_outputs, **options)
