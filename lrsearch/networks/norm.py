"""The normalisation layers that the option `norm` of a model can name."""

from __future__ import annotations

from torch import nn

CHANNELS_PER_GROUP = 8
"""Least channels in a group of a group norm, where there are as many (Wu & He 2018 find 16 or more to be best, of 64
and more channels; small networks have fewer)."""


def make_norm(norm: str, channels: int, *, flat: bool = False) -> list[nn.Module]:
    """The layers that normalise the output of a layer, before its activation.

    Args:
        norm: batch (Ioffe & Szegedy 2015), group (Wu & He 2018) or none.
        channels: Channels, or units, of what is normalised.
        flat: Whether it is (B, channels), and not (B, channels, H, W).

    Returns:
        One layer, or none for `none`. Where there is one, the layer before it needs no bias.

    Example:
        >>> [type(layer).__name__ for layer in make_norm("group", 64)], make_norm("none", 64)
        (['GroupNorm'], [])
    """
    match norm:
        case "batch":
            return [nn.BatchNorm1d(channels) if flat else nn.BatchNorm2d(channels)]
        case "group":
            return [nn.GroupNorm(n_groups(channels), channels)]
    return []


def n_groups(channels: int) -> int:
    """The most groups of equal size with at least `CHANNELS_PER_GROUP` channels each; 1 where there are too few.

    Example:
        >>> [n_groups(channels) for channels in (64, 24, 20, 7)]
        [8, 3, 2, 1]
    """
    most = max(1, channels // CHANNELS_PER_GROUP)
    return next(groups for groups in range(most, 0, -1) if channels % groups == 0)
