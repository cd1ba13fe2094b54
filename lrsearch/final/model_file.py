"""Writes `model.py`: a network in plain torch, which needs no lrsearch. Imports torch."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import indent
from typing import TypeGuard

import torch
from torch import nn

from lrsearch.networks.dropout import Dropout

_HEAD = '''"""{title}: an image classifier, trained by lrsearch. This file needs torch and safetensors, not lrsearch.

    from model import load, preprocess

    network = load()                       # with the trained weights, in evaluation mode
    logits = network(preprocess(images))   # images: uint8, ({shape}), values from 0 to 255

`python model.py` computes the accuracy on the test images, if test.safetensors is beside this file.
"""

from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import nn

HERE = Path(__file__).resolve().parent
MEAN = {mean}  # of each channel of the training images, for values from 0 to 255
STD = {std}

'''

_TAIL = '''

def load(weights=HERE / "weights.safetensors", device="cpu"):
    """Return the network with its trained weights, in evaluation mode."""
    network = build()
    network.load_state_dict(load_file(weights))
    return network.to(device).eval()


def preprocess(images):
    """Turn images, uint8, ({shape}), into the input of the network."""
    mean, std = (torch.tensor(values, device=images.device).view(1, -1, 1, 1) for values in (MEAN, STD))
    return torch.addcmul(-mean / std, images.float(), 1 / std)


@torch.inference_mode()
def accuracy(network, images, labels, size={batch}):
    """Return the share of images, uint8, that are classified correctly."""
    batches = zip(images.split(size), labels.split(size))
    right = sum(int((network(preprocess(x)).argmax(1) == y).sum()) for x, y in batches)
    return right / len(labels)


if __name__ == "__main__":
    test = load_file(HERE / "test.safetensors")
    print(f"test accuracy {{accuracy(load(), test['images'], test['labels'])}} ({{len(test['labels'])}} images)")
'''


def model_source(
    network: nn.Module,
    *,
    title: str,
    shape: tuple[int, ...],
    mean: Sequence[float],
    std: Sequence[float],
    batch: int,
) -> str | None:
    """Write a network as Python source.

    Args:
        network: A network that takes images, in evaluation mode.
        title: Name of the training.
        shape: (channels, height, width) of an image.
        mean: Mean of each channel, for values from 0 to 255.
        std: Standard deviation of each channel.
        batch: Number of images that are evaluated at a time.

    Returns:
        The source; None if the network has layers of its own that cannot be written as layers of torch.
    """
    build = _sequential(network) or _traced(network)
    if build is None:
        return None
    size = ", ".join(["N", *map(str, shape)])
    head = _HEAD.format(
        title=title.replace("\\", "/").replace('"""', "'''"), shape=size, mean=list(mean), std=list(std)
    )
    return head + build + _TAIL.format(shape=size, batch=batch)


def _sequential(network: nn.Module) -> str | None:
    """Write a plain sequence of layers of torch; None for any other network."""
    if type(network) is not nn.Sequential or not all(_is_plain(layer) for layer in network):
        return None
    layers = indent("\n".join(f"{_layer(layer)}," for layer in network), " " * 8)
    return f'''
def build():
    """Return the network with new weights."""
    return nn.Sequential(
{layers}
    )
'''


def _traced(network: nn.Module) -> str | None:
    """Write a network as a class, with the steps that torch.fx finds in it; None if it finds none."""
    try:
        traced = torch.fx.symbolic_trace(network)
        layers = {name: layer for name, layer in traced.named_modules() if name and not list(layer.children())}
        if not all(map(_is_plain, layers.values())) or dict(traced.named_parameters(recurse=False)):
            return None
        code = traced.code.strip().replace("torch.Tensor", "torch.Tensor")
    except Exception:  # noqa: BLE001  (a network of the user's own may raise anything when it is traced)
        return None
    added = indent("\n".join(f'_add(self, "{name}", {_layer(layer)})' for name, layer in layers.items()), " " * 8)
    return f'''
def _add(parent, name, layer):
    """Add a layer by its dotted name."""
    *parents, last = name.split(".")
    for part in parents:
        if not hasattr(parent, part):
            parent.add_module(part, nn.Module())
        parent = getattr(parent, part)
    parent.add_module(last, layer)


class Network(nn.Module):
    def __init__(self):
        super().__init__()
{added}

{indent(code, " " * 4)}


def build():
    """Return the network with new weights."""
    return Network()
'''


def _is_plain(layer: nn.Module) -> TypeGuard[nn.Module]:
    """Whether the text of a layer is Python that builds the layer."""
    return isinstance(layer, Dropout) or (
        type(layer).__module__.startswith("torch.nn.modules") and "\n" not in repr(layer)
    )


def _layer(layer: nn.Module) -> str:
    return f"nn.Dropout({layer.p})" if isinstance(layer, Dropout) else f"nn.{layer!r}"
