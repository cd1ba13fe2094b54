"""Writes `model.py`: a network in plain torch, which needs no lrsearch. Imports torch."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import indent
from typing import TypeGuard

import torch
from torch import nn

from lrsearch.networks.dropout import Dropout

_HEAD = '''"""{title}: {what}, trained by lrsearch. This file needs torch and safetensors, not lrsearch.

    from model import CLASSES, load, preprocess

    network = load()                        # with the trained weights, in evaluation mode
    outputs = network(preprocess(examples)) # {examples}
    classes = outputs.argmax(1)             # CLASSES has their names, if they have any

`python model.py` computes the accuracy on the test examples, if test.safetensors is beside this file.
"""

from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import nn

HERE = Path(__file__).resolve().parent
CLASSES = {classes}
{constants}
'''

_OF_IMAGES = """MEAN = {mean}  # of each channel of the training images, for values from 0 to 255
STD = {std}
"""

_IMAGES = '''

def preprocess(images):
    """Turn images, uint8, ({shape}), into the input of the network."""
    mean, std = (torch.tensor(values, device=images.device).view(1, -1, 1, 1) for values in (MEAN, STD))
    return torch.addcmul(-mean / std, images.float(), 1 / std)
'''

_OTHERS = '''

def preprocess(examples):
    """Return examples, ({shape}), as the network takes them: as the data set gives them, numbers in float32."""
    return examples.float() if examples.is_floating_point() else examples
'''

_TAIL = '''

def load(weights=HERE / "weights.safetensors", device="cpu"):
    """Return the network with its trained weights, in evaluation mode."""
    network = build()
    network.load_state_dict(load_file(weights))
    return network.to(device).eval()
{preprocess}

@torch.inference_mode()
def accuracy(network, examples, labels, size={batch}):
    """Return the share of examples that are classified correctly."""
    batches = zip(examples.split(size), labels.split(size))
    right = sum(int((network(preprocess(x)).argmax(1) == y).sum()) for x, y in batches)
    return right / len(labels)


if __name__ == "__main__":
    if not (HERE / "test.safetensors").exists():
        raise SystemExit("there is no test.safetensors beside this file, so there is nothing to test on")
    test = load_file(HERE / "test.safetensors")
    print(f"test accuracy {{accuracy(load(), test['examples'], test['labels'])}} ({{len(test['labels'])}} examples)")
'''


def model_source(
    network: nn.Module,
    *,
    title: str,
    shape: tuple[int, ...],
    batch: int,
    mean: Sequence[float] | None = None,
    std: Sequence[float] | None = None,
    classes: Sequence[str] = (),
) -> str | None:
    """Write a network as Python source.

    Args:
        network: A network that classifies examples, in evaluation mode.
        title: Name of the training.
        shape: Shape of an example: (channels, height, width) of an image.
        batch: Number of examples that are evaluated at a time.
        mean: Mean of each channel of an image, for values from 0 to 255; None for examples that are taken as they are.
        std: Standard deviation of each channel.
        classes: Names of the classes; empty if they have none.

    Returns:
        The source; None if the network has layers of its own that cannot be written as layers of torch.
    """
    build = _sequential(network) or _traced(network)
    if build is None:
        return None
    size = ", ".join(["N", *map(str, shape)])
    of_images = mean is not None and std is not None
    head = _HEAD.format(
        title=title.replace("\\", "/").replace('"""', "'''"),
        what="an image classifier" if of_images else "a classifier",
        examples=f"({size})" + (", uint8, values from 0 to 255" if of_images else ""),
        classes=list(classes),
        constants=_OF_IMAGES.format(mean=list(mean or ()), std=list(std or ())) if of_images else "",
    )
    preprocess = (_IMAGES if of_images else _OTHERS).format(shape=size)
    return head + build + _TAIL.format(preprocess=preprocess, batch=batch)


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
