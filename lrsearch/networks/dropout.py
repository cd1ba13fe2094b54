"""Dropout whose masks can be drawn from a given generator, so that every engine draws the same masks."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn


class Dropout(nn.Module):
    """Zero each number with probability p while training, and scale what is left by 1 / (1 - p).

    Source: Srivastava et al. 2014, "Dropout", section 4 (here, as everywhere today, scaled while training).
    """

    def __init__(self, p: float) -> None:
        """Take the probability.

        Args:
            p: Share that is zeroed, in [0, 1).
        """
        super().__init__()
        self.p = p

    def mask(self, shape: Sequence[int], like: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """Draw the factors of the input, 0 or 1 / (1 - p); from torch's global generator unless another is given.

        Args:
            shape: Of the input, one network's.
            like: A tensor with its type and device.
            generator: On the same device.
        """
        drawn = torch.empty(tuple(shape), dtype=like.dtype, device=like.device)
        return drawn.bernoulli_(1.0 - self.p, generator=generator).div_(1.0 - self.p)

    def forward(self, x: Tensor) -> Tensor:
        """(B, ...) to the same."""
        return x * self.mask(x.shape, x) if self.training else x


def make_dropout(p: float) -> list[nn.Module]:
    """The layer, or none for p = 0."""
    return [Dropout(p)] if p else []
