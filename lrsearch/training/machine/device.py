"""Chooses the device and the precision, and gives a reason for each choice."""

from __future__ import annotations

import os

import torch

from lrsearch.errors import DeviceError
from lrsearch.plans import Decision, auto


def choose_device(asked: str) -> Decision[str]:
    """Choose the device to train on.

    Args:
        asked: auto, cpu, mps, cuda or cuda:N.

    Returns:
        A torch device name and the reason; `auto` takes CUDA, else Apple's MPS, else the CPU.

    Raises:
        DeviceError: This machine does not have the device.
    """
    cuda = [f"cuda:{i}" for i in range(torch.cuda.device_count())] if torch.cuda.is_available() else []
    if asked == "auto":
        if cuda:
            return auto(cuda[0], torch.cuda.get_device_name(0))
        if torch.backends.mps.is_available():
            return auto("mps", "Apple GPU")
        return auto("cpu", "no GPU found")
    if asked == "mps" and not torch.backends.mps.is_available():
        raise DeviceError("run.device: torch finds no Apple GPU on this machine (mps); use auto or cpu")
    if asked.startswith("cuda"):
        name = asked if ":" in asked else "cuda:0"
        if name not in cuda:
            have = f"has only {', '.join(cuda)}" if cuda else "has no CUDA device"
            raise DeviceError(f"run.device: {asked} is not available; this machine {have}; use auto or cpu")
        return Decision(name, "set in the spec")
    return Decision(asked, "set in the spec")


def has_native_bf16(device: str) -> bool:
    """Whether the device multiplies bfloat16 in hardware.

    Other devices emulate bfloat16, and their emulation is slower than float32.
    """
    if device.startswith("cuda"):
        return torch.cuda.get_device_capability(torch.device(device)) >= (8, 0)
    if device == "cpu":
        have = torch.cpu.get_capabilities()
        return bool(have.get("avx512_bf16") or have.get("amx_bf16"))
    return False


def choose_precision(asked: str, device: str, *, convolutional: bool) -> Decision[str]:
    """Choose fp32, or bf16 with torch's autocast.

    Args:
        asked: fp32, bf16 or auto.
        device: A torch device name.
        convolutional: Whether the network has convolutions. Small linear layers lose more time by casts to bf16 than
            they gain.
    """
    if asked != "auto":
        return Decision(asked, "set in the spec")
    if not convolutional:
        return auto("fp32", "bf16 does not speed up a network without convolutions")
    if not has_native_bf16(device):
        return auto("fp32", f"{device} does not compute bf16 in hardware")
    return auto("bf16", f"{device} computes bf16 in hardware")


def n_cores() -> int:
    """Return the number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
