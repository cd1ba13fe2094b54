"""Dropout whose masks can be drawn from any random generator, so that every engine can draw the same masks."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn


class Dropout(nn.Module):
    """During training, set each number to 0 with probability p and multiply the others by 1 / (1 - p).

    Source: Srivastava et al. 2014, "Dropout", section 4. The paper scales at test time; this layer, like torch's,
    scales during training.
    """

    def __init__(self, p: float) -> None:
        """Store the probability.

        Args:
            p: Probability that a number is set to 0, in [0, 1).
        """
        super().__init__()
        self.p = p
        self.generator: torch.Generator | None = None  # draws the masks; None for torch's global one

    def mask(self, shape: Sequence[int], like: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """Draw the factors by which the input is multiplied: each is 0 or 1 / (1 - p).

        Args:
            shape: Shape of the input of one network.
            like: A tensor with the type and device of the input.
            generator: A generator on the same device; None for torch's global one.
        """
        drawn = torch.empty(tuple(shape), dtype=like.dtype, device=like.device)
        return drawn.bernoulli_(1.0 - self.p, generator=generator).div_(1.0 - self.p)

    def forward(self, x: Tensor) -> Tensor:
        """Apply dropout during training; otherwise return the input; (B, ...) to (B, ...)."""
        return x * self.mask(x.shape, x, self.generator) if self.training else x


def make_dropout(p: float) -> list[nn.Module]:
    """Return a list with the dropout layer; empty for p = 0."""
    return [Dropout(p)] if p else []
