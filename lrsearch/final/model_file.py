"""Writes `model.py`: a network in plain torch, which needs no lrsearch. Imports torch."""

from __future__ import annotations

import re
from collections.abc import Sequence
from textwrap import indent
from typing import TypeGuard

import torch
from torch import nn

from lrsearch.data.words import WORD
from lrsearch.networks.dropout import Dropout

_HEAD = '''"""{title}: {what}, trained by lrsearch. This file needs torch and safetensors, not lrsearch.

    from model import CLASSES, load, preprocess

    network = load()                        # with the trained weights, in evaluation mode
    outputs = network(preprocess(examples)) # {examples}
    classes = outputs.argmax(1)             # CLASSES has their names, if they have any

`python model.py` computes the accuracy on the test examples, if test.safetensors is beside this file.
"""

{imports}from pathlib import Path

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

_IMPORTS = {"inf": "from math import inf", "nan": "from math import nan", "device": "from torch import device"}
"""Names in a traced network that need an import."""

_OF_TEXTS = """LENGTH = {length}  # words of a text that are kept: the last ones
LOWER = {lower}  # whether upper and lower case are the same
WORDS = (HERE / "vocabulary.txt").read_text(encoding="utf-8").split("\\n")
NUMBERS = {{word: number for number, word in enumerate(WORDS, start=2)}}
"""

_TEXTS = '''

def preprocess(texts):
    """Turn texts into numbers of words, (N, {length}): 1 for a word that is not in WORDS, 0 after the last word."""
    if isinstance(texts, torch.Tensor):
        return texts  # as in test.safetensors
    numbers = torch.zeros(len(texts), LENGTH, dtype=torch.int64)
    for row, text in zip(numbers, texts):
        words = re.findall({pattern!r}, text.lower() if LOWER else text)[-LENGTH:]
        row[: len(words)] = torch.tensor([NUMBERS.get(word, 1) for word in words], dtype=torch.int64)
    return numbers
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
    lower: bool | None = None,
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
        lower: Whether upper and lower case of texts are the same; None for examples that are not texts.
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
    what, examples, constants, preprocess = "a classifier", f"({size})", "", _OTHERS.format(shape=size)
    if mean is not None and std is not None:
        what, examples = "an image classifier", f"({size}), uint8, values from 0 to 255"
        constants, preprocess = _OF_IMAGES.format(mean=list(mean), std=list(std)), _IMAGES.format(shape=size)
    elif lower is not None:
        what, examples = "a classifier of texts", "a list of str"
        constants = _OF_TEXTS.format(length=shape[0], lower=lower)
        preprocess = _TEXTS.format(length=shape[0], pattern=WORD.pattern)
    imports = {"import re": lower is not None}
    imports |= {line: _has(build, name) for name, line in _IMPORTS.items()}
    head = _HEAD.format(
        title=title.replace("\\", "/").replace('"""', "'''"),
        what=what,
        examples=examples,
        classes=list(classes),
        imports="".join(f"{line}\n" for line, is_needed in imports.items() if is_needed),
        constants=constants,
    )
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
        if any(node.op == "get_attr" for node in traced.graph.nodes):  # a tensor that belongs to no layer
            return None
        for node in traced.graph.nodes:
            node.type = None  # a type may have a name that needs an import
        code = traced.graph.python_code("self")
        used = {name for name in code.globals if _has(code.src, name)}
        if not used <= {"torch", *_IMPORTS}:
            return None
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

{indent(code.src.strip(), " " * 4)}


def build():
    """Return the network with new weights."""
    return Network()
'''


def _has(code: str, name: str) -> bool:
    return re.search(rf"\b{name}\b", code) is not None


def _is_plain(layer: nn.Module) -> TypeGuard[nn.Module]:
    """Whether the text of a layer is Python that builds the layer."""
    return isinstance(layer, Dropout) or (
        type(layer).__module__.startswith("torch.nn.modules") and "\n" not in repr(layer)
    )


def _layer(layer: nn.Module) -> str:
    return f"nn.Dropout({layer.p})" if isinstance(layer, Dropout) else f"nn.{layer!r}"
