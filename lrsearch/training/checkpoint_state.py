"""The state that a checkpoint stores for a trial, in the same form for every engine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

from lrsearch.interfaces import Checkpoints
from lrsearch.records import Trial


@dataclass(frozen=True)
class CheckpointState:
    """The state of a trial at the end of an epoch.

    Attributes:
        epoch: Epochs done, >= 1.
        step: Optimizer steps done.
        progress: What `TrialProgress.state` returned.
        tensors: Parameters and buffers as `model.NAME`, and the optimizer's state as `optimizer.INDEX.KEY`. INDEX is
            the index of the parameter.
    """

    epoch: int
    step: int
    progress: Mapping[str, Any]
    tensors: Mapping[str, Tensor]

    def pack(self) -> tuple[bytes, Mapping[str, Any]]:
        """Return the tensors as bytes, and the other state as a dict.

        Do not rename the keys of the dict, because old files use them.
        """
        plain = {name: _own(tensor) for name, tensor in self.tensors.items()}
        return save(plain), {"epoch": self.epoch, "step": self.step, "course": self.progress}


def _own(tensor: Tensor) -> Tensor:
    return tensor.detach().cpu().clone(memory_format=torch.contiguous_format)


def load_checkpoint(checkpoints: Checkpoints | None, trial: Trial) -> CheckpointState | None:
    """Load the newest readable checkpoint of a trial, or of the partial trial that the trial continues; None if none.

    A checkpoint of the trial's last epoch is ignored, because the result cannot be computed from it.
    """
    for content, state in checkpoints.load(trial) if checkpoints else ():
        try:
            found = CheckpointState(int(state["epoch"]), int(state["step"]), state["course"], load(content))
        except (SafetensorError, KeyError, TypeError, ValueError):
            continue
        if found.epoch < trial.until:
            return found
    return None


def optimizer_tensors(optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    """Return the tensors of an optimizer's state, named by the index of the parameter and torch's own key."""
    return {
        f"optimizer.{index}.{key}": value
        for index, state in optimizer.state_dict()["state"].items()
        for key, value in state.items()
        if isinstance(value, Tensor)
    }


def restore_optimizer(optimizer: torch.optim.Optimizer, tensors: Mapping[str, Tensor]) -> None:
    """Load the tensors from `optimizer_tensors` into an optimizer that has not taken a step yet."""
    parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]
    state: dict[int, dict[str, Tensor]] = {}
    for name, value in tensors.items():
        room, _, rest = name.partition(".")
        if room == "optimizer":
            index, _, key = rest.partition(".")
            like = parameters[int(index)]
            # Give a state tensor the memory layout of its parameter: fused kernels read both in the same order.
            kept = torch.empty_like(like).copy_(value) if value.shape == like.shape else value
            state.setdefault(int(index), {})[key] = kept.detach()
    optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})
