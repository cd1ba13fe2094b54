"""The normalisation layers for the option `norm` of the models."""

from __future__ import annotations

from torch import nn

CHANNELS_PER_GROUP = 8
"""Smallest number of channels in a group of a group norm, if the layer has that many. Wu & He 2018 find 16 or more to
be best in layers of 64 or more channels; small networks have fewer channels."""


def normalises_batches(model: nn.Module) -> bool:
    """Whether a network has a BatchNorm, which needs at least 2 images in a batch to compute their variance."""
    return any(isinstance(layer, nn.modules.batchnorm._BatchNorm) for layer in model.modules())  # noqa: SLF001  (the base of all)


def make_norm(norm: str, channels: int, *, flat: bool = False) -> list[nn.Module]:
    """Make the layers that normalise the output of a layer, before its activation.

    Args:
        norm: batch (Ioffe & Szegedy 2015), group (Wu & He 2018) or none.
        channels: Number of channels or units to normalise.
        flat: Whether the input is (B, channels); otherwise it is (B, channels, H, W).

    Returns:
        A list with one layer; empty for `none`. The layer before a norm needs no bias, because the norm adds a shift.

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
    """Compute the largest number of equal groups with at least `CHANNELS_PER_GROUP` channels each, or 1.

    Example:
        >>> [n_groups(channels) for channels in (64, 24, 20, 7)]
        [8, 3, 2, 1]
    """
    most = max(1, channels // CHANNELS_PER_GROUP)
    return next(groups for groups in range(most, 0, -1) if channels % groups == 0)
