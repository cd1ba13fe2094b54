"""Counts how many trainings fit on the nodes of a cluster, and describes the nodes in words."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass

from lrsearch.wording import counted

_ROUNDING = 1e-6  # Ray keeps shares of a resource to four digits


@dataclass(frozen=True, slots=True)
class Node:
    """A node of a cluster that is alive.

    Attributes:
        identity: Its identity in the cluster.
        host: Name of the machine.
        cpus: CPUs that Ray may reserve on it.
        gpus: GPUs that Ray may reserve on it.
    """

    identity: str
    host: str
    cpus: float
    gpus: float = 0.0


@dataclass(frozen=True, slots=True)
class Reserved:
    """What a cluster reserves for each job.

    Attributes:
        cpus: CPUs, >= 0.
        gpus: GPUs, >= 0. Below 1: the share of one GPU.
    """

    cpus: float
    gpus: float = 0.0

    def __str__(self) -> str:
        parts = [counted(int(self.cpus), "CPU")] if self.cpus else []
        if self.gpus:
            parts.append(counted(int(self.gpus), "GPU") if self.gpus >= 1 else f"{self.gpus:g} of a GPU")
        return " and ".join(parts) or "no CPU"


def fit_on(node: Node, reserved: Reserved) -> int:
    """Return how many jobs fit on a node. A share of a GPU never spans two GPUs.

    Example:
        >>> fit_on(Node("a", "a", cpus=16, gpus=2), Reserved(cpus=1, gpus=0.4))
        4
    """
    bounds = []
    if reserved.cpus:
        bounds.append(math.floor(node.cpus / reserved.cpus + _ROUNDING))
    if 0 < reserved.gpus < 1:
        bounds.append(math.floor(node.gpus + _ROUNDING) * math.floor(1 / reserved.gpus + _ROUNDING))
    elif reserved.gpus:
        bounds.append(math.floor(node.gpus / reserved.gpus + _ROUNDING))
    return min(bounds, default=0)


def fit(nodes: Collection[Node], reserved: Reserved) -> int:
    """Return how many jobs fit on all nodes."""
    return sum(fit_on(node, reserved) for node in nodes)


def in_words(nodes: Collection[Node]) -> str:
    """Describe the nodes of a cluster.

    Example:
        >>> in_words([Node("a", "a", cpus=8, gpus=1), Node("b", "b", cpus=8)])
        '2 nodes with 16 CPUs and 1 GPU'
    """
    cpus, gpus = int(sum(node.cpus for node in nodes)), int(sum(node.gpus for node in nodes))
    of_gpus = counted(gpus, "GPU") if gpus else "no GPU"
    return f"{counted(len(nodes), 'node')} with {counted(cpus, 'CPU')} and {of_gpus}"
