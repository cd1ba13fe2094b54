"""The state of a trial in a checkpoint, the same for every engine."""

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
    """A trial at the end of an epoch.

    Attributes:
        epoch: Epochs done, >= 1.
        step: Optimizer steps done.
        progress: What `TrialProgress.state` returned.
        tensors: Parameters and buffers as `model.NAME`, the optimizer's state as `optimizer.INDEX.KEY` by the index of
            the parameter.
    """

    epoch: int
    step: int
    progress: Mapping[str, Any]
    tensors: Mapping[str, Tensor]

    def pack(self) -> tuple[bytes, Mapping[str, Any]]:
        """The tensors and the state in the form that `Checkpoints.save` takes; the keys stand in files."""
        plain = {name: _own(tensor) for name, tensor in self.tensors.items()}
        return save(plain), {"epoch": self.epoch, "step": self.step, "course": self.progress}


def _own(tensor: Tensor) -> Tensor:
    return tensor.detach().cpu().clone(memory_format=torch.contiguous_format)


def load_checkpoint(checkpoints: Checkpoints | None, trial: Trial) -> CheckpointState | None:
    """Load the newest readable checkpoint of a trial; None if there is none, so that it begins with the first epoch."""
    for content, state in checkpoints.load(trial) if checkpoints else ():
        try:
            return CheckpointState(int(state["epoch"]), int(state["step"]), state["course"], load(content))
        except (SafetensorError, KeyError, TypeError, ValueError):
            continue
    return None


def optimizer_tensors(optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    """The state of an optimizer, by the index of each parameter and torch's own key."""
    return {
        f"optimizer.{index}.{key}": value
        for index, state in optimizer.state_dict()["state"].items()
        for key, value in state.items()
        if isinstance(value, Tensor)
    }


def restore_optimizer(optimizer: torch.optim.Optimizer, tensors: Mapping[str, Tensor]) -> None:
    """Give an optimizer that has not stepped yet the state that `optimizer_tensors` answered."""
    parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]
    state: dict[int, dict[str, Tensor]] = {}
    for name, value in tensors.items():
        room, _, rest = name.partition(".")
        if room == "optimizer":
            index, _, key = rest.partition(".")
            like = parameters[int(index)]
            # A moment gets its parameter's layout in memory: fused kernels walk both alike.
            kept = torch.empty_like(like).copy_(value) if value.shape == like.shape else value
            state.setdefault(int(index), {})[key] = kept.detach()
    optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})
