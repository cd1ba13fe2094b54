"""The section `run`: where and how the trainings run."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Literal

from pydantic import Field

from lrsearch.catalog import EXECUTORS
from lrsearch.spec.sections.choices import Section
from lrsearch.spec.sections.roles import Adjustable, Fixed
from lrsearch.spec.sections.values import number, text, whole, word

_DEVICE_PATTERN = r"(auto|cpu|mps|cuda(:(0|[1-9][0-9]{0,3}))?)"
_DEVICE = text(_DEVICE_PATTERN, "expected auto, cpu, mps, cuda or cuda:N")
_EXECUTORS = ", ".join(f"{name} ({entry.about})" for name, entry in EXECUTORS.items())
_MOST_SECONDS = 1e9  # 30 years; the operating system refuses a much longer timeout
_seconds = partial(number, 0.0, _MOST_SECONDS, why_high="that is 30 years")


class RunSpec(Section):
    """Where and how the trainings run."""

    device: Fixed[Annotated[str, _DEVICE]] = Field(
        default="auto", description="device to train on: auto, cpu, cuda, cuda:1, mps"
    )
    executor: Fixed[Annotated[str, word("auto", *EXECUTORS)]] = Field(
        default="auto", description=f"where to train: {_EXECUTORS}, auto"
    )
    engine: Fixed[Literal["auto", "single", "population", "graph"]] = Field(
        default="auto",
        description="single (one network at a time), population (many as one stack), graph (CUDA graphs) or auto",
    )
    jobs: Fixed[
        Annotated[
            int | Literal["auto"],
            whole(1, 4096, word="auto", why_high="more processes would only slow each other down"),
        ]
    ] = Field(default="auto", description="number of trainings that run at the same time: auto or a whole number")
    address: Adjustable[Annotated[str, text()] | None] = Field(
        default=None,
        description="executor ray: the cluster, as auto, host:port or ray://host:port; null: start one on this machine",
    )
    num_cpus: Fixed[Annotated[int, whole(1, 4096)]] = Field(
        default=1, description="executor ray: number of CPUs, and of threads, for each training on a CPU"
    )
    num_gpus: Fixed[Annotated[float, number(0.0, 1.0, above_low=True)]] = Field(
        default=1.0, description="executor ray: share of a GPU for each training on a GPU: 1, 0.5, 0.25"
    )
    trial_timeout: Adjustable[Annotated[float, _seconds(above_low=True)] | None] = Field(
        default=None,
        description="seconds that a worker may take for one training, or for one stack, without the time for its "
        "start; null: no limit",
    )
    checkpoint_seconds: Adjustable[Annotated[float, _seconds()] | None] = Field(
        default=30.0, description="shortest time in seconds between two checkpoints of a training; null: no checkpoints"
    )
