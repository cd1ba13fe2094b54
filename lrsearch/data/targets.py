"""The classes or the numbers of a split on the device that trains. Numbers are standardised by the training part."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from lrsearch.data.arrays import Split
from lrsearch.data.baselines import target_scale


@dataclass(frozen=True, slots=True, eq=False)
class ResidentTargets:
    """What a network learns, on a device.

    Attributes:
        train: Classes, int64, or standardised numbers; (n_train,).
        val: The same of the validation part; (n_val,).
        scale: Mean and standard deviation of the numbers of the training part; None for classes.
    """

    train: Tensor
    val: Tensor
    scale: tuple[float, float] | None


def resident_targets(split: Split, device: torch.device, dtype: torch.dtype) -> ResidentTargets:
    """Copy the classes or the numbers of a split to a device.

    Args:
        split: The data.
        device: The device.
        dtype: Type of numbers; classes are int64.
    """
    if split.n_classes is not None:
        train, val = (torch.from_numpy(np.array(y, dtype=np.int64)).to(device) for y in (split.y_train, split.y_val))
        return ResidentTargets(train, val, None)
    mean, deviation = target_scale(split.y_train)
    train, val = (
        torch.from_numpy((np.asarray(y, dtype=np.float64) - mean) / deviation).to(device, dtype)
        for y in (split.y_train, split.y_val)
    )
    return ResidentTargets(train, val, (mean, deviation))
