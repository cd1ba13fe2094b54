"""Estimates the memory that training takes on a device, from the shapes of the network."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from math import prod
from typing import Any

import torch
from torch import Tensor, nn

from lrsearch.data import Sizes
from lrsearch.data.memory import machine_bytes
from lrsearch.data.resident import resident_class
from lrsearch.networks import make_model
from lrsearch.spec import Spec

SHARE = 0.7
"""Share of a device's memory that a plan may use. The rest is for gaps between tensors, workspaces of kernels
and other processes."""
EVAL_IMAGES, CPU_EVAL_IMAGES = 1000, 256
"""Maximum number of images that one network evaluates at a time, unless a training batch is larger. On a CPU,
activations larger than the memory that `allocator` keeps take a third more time (convnet, 1000 images)."""
EVAL_PIXELS = 2**22
"""Maximum number of pixels in the images that one network evaluates at a time."""
STACK_EVAL_IMAGES = 4000
"""Largest product of images and members that a stack evaluates at a time."""

_PROCESS_BYTES = 600 << 20  # memory of a process that has imported torch (2.14 on Linux), and of a CUDA context
_WEIGHT_COPIES = 6  # weights, gradients, their copy before the step, two states of the optimizer, temporary tensors
_ACTIVATION_COPIES = 3  # the outputs of layers, their gradients, and temporary tensors


@dataclass(frozen=True, slots=True)
class Needs:
    """The memory of one device, and the memory that a search needs on this device, in bytes.

    Attributes:
        total: Memory of the device.
        data: Memory of both parts of the data; the jobs on a CPU share the data. On a GPU the graph engine holds a
            second copy, in the order of the epoch.
        job: Memory of each job without its members: its process, and the activations of the validation.
        member: Memory of each of the trials that train at the same time: weights, optimizer, activations of a batch.
        weights: Number of parameters of one network.
    """

    total: int
    data: int
    job: int
    member: int
    weights: int = 0

    def most_members(self, n_jobs: int = 1) -> int:
        """Return how many trials each of `n_jobs` jobs can train at a time; may be 0."""
        left = SHARE * self.total - self.data - n_jobs * self.job
        return max(0, int(left / (n_jobs * self.member)))

    def most_jobs(self, n_members: int = 1) -> int:
        """Return how many jobs with `n_members` trials each fit into the memory; at least 1."""
        return max(1, int((SHARE * self.total - self.data) / (self.job + n_members * self.member)))


def estimate_needs(
    spec: Spec,
    sizes: Sizes,
    device: str,
    make: Callable[[], nn.Module] | None = None,
    example: Tensor | None = None,
    *,
    is_loaded: bool = False,
) -> Needs:
    """Estimate the memory that a search needs on a device.

    Args:
        spec: A spec with a model that can take the data.
        sizes: The sizes of the data.
        device: A torch device name.
        make: Builds the network of a plugin; None for the built-in model of the spec.
        example: An example, (1, *shape); None for an example of zeros.
        is_loaded: Whether examples are loaded batch by batch, so that the data take no memory.
    """
    is_own = make is not None
    of_data = sizes.shape, sizes.n_outputs
    make = make or partial(make_model, spec.model.name, spec.model.options, *of_data, seed=0, n_words=sizes.n_words)
    with nullcontext() if is_own else torch.device("meta"):
        weights = sum(parameter.numel() for parameter in make().parameters())
    # Do not build a network whose weights alone exceed the memory.
    resident = resident_class(spec.data)
    example = resident.example(sizes) if example is None else example
    activations = _activation_numbers(make(), example) if 4 * weights < device_bytes("cpu") else 0
    evaluated = max(STACK_EVAL_IMAGES, eval_batch(spec, sizes.shape, device))
    n_bytes = 0 if is_loaded else resident.n_bytes(sizes)
    return Needs(
        total=device_bytes(device),
        data=n_bytes * (2 if device.startswith("cuda") else 1),
        job=_PROCESS_BYTES + 4 * 2 * evaluated * activations,
        member=4 * (_WEIGHT_COPIES * weights + _ACTIVATION_COPIES * spec.data.batch_size * activations),
        weights=weights,
    )


def eval_batch(spec: Spec, shape: tuple[int, ...], device: str) -> int:
    """Return the number of images that one network evaluates at a time. The number is smaller for large images.

    Args:
        spec: A checked spec.
        shape: Shape of an example.
        device: A torch device name, or its type.
    """
    n_images = CPU_EVAL_IMAGES if device == "cpu" else EVAL_IMAGES
    return max(spec.data.batch_size, min(n_images, EVAL_PIXELS // prod(shape)))


def device_bytes(device: str) -> int:
    """Return the memory of a device. The memory of a CPU is that of the machine, or of the process's container."""
    if device.startswith("cuda"):
        return int(torch.cuda.get_device_properties(torch.device(device)).total_memory)
    if device == "mps":
        return int(torch.mps.recommended_max_memory())
    return machine_bytes()


def _activation_numbers(model: nn.Module, example: Tensor) -> int:
    """Count the numbers in the input and in the outputs of all layers of a network, for one example.

    One real example goes through the network. Tensors without data would give the same count, but would make torch
    import its compiler first (2.7 s on two cores).
    """
    count = 0

    def add(layer: nn.Module, _inputs: object, output: Any) -> None:  # noqa: ANN401  (of any layer)
        nonlocal count
        if isinstance(layer, nn.RNNBase):  # it returns a sequence and a state, and keeps gates of 4 units a step
            count += 6 * output[0].numel()
        else:
            count += output.numel() if isinstance(output, Tensor) else 0

    hooks = [layer.register_forward_hook(add) for layer in model.modules() if not any(layer.children())]
    with torch.inference_mode():
        model.eval()(example)
    for hook in hooks:
        hook.remove()
    return count + example.numel()
