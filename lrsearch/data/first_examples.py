"""Some examples as a network gets them, and the kind of the examples, to check a network before it trains."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from lrsearch.data.arrays import Split
from lrsearch.data.listed import ListedExamples
from lrsearch.data.resident import resident_class
from lrsearch.spec import DataSpec

N_EXAMPLES = 4
"""Number of examples: enough to tell a batch from its items, and few enough to take no time."""


def first_examples(data: DataSpec, split: Split) -> Tensor:
    """Return inputs of a network: the first training examples of a plugin; else random numbers of the right shape.

    Args:
        data: The spec's data section.
        split: The data.

    Returns:
        (B, *shape), with B of 2 to `N_EXAMPLES`.
    """
    x = split.x_train
    n = max(2, min(N_EXAMPLES, len(x)))
    if isinstance(x, ListedExamples):
        items = [x.load(index, 0)[0] for index in x.indices[:n].tolist()]
        loaded = torch.stack([torch.as_tensor(item) for item in items])
        return loaded.float() if loaded.is_floating_point() else loaded
    if x.dtype != np.uint8:
        values = torch.from_numpy(np.array(x[:n]))
        return values.float() if values.is_floating_point() else values
    example: Tensor = resident_class(data).example(split.sizes)
    return torch.randn(n, *example.shape[1:], generator=torch.Generator().manual_seed(0))


def is_listed(split: Split) -> bool:
    """Whether the examples are loaded one by one, from a Dataset."""
    return isinstance(split.x_train, ListedExamples)


def kind_of(split: Split) -> str:
    """Return the kind of the examples of a plugin, in the plural."""
    return "images" if len(split.shape) == 3 else "examples"
