"""Runs stacks of trials on the nodes of a Ray cluster. Ray starts processes, finds a place for them and sends messages.

The log of the machine that searches stays the only record of the search, so a cluster may vanish at any time.
"""

from __future__ import annotations

from lrsearch.executors.on_ray.executor import RayExecutor, make
from lrsearch.executors.on_ray.preparing import cluster_lines, prepare

__all__ = ["RayExecutor", "cluster_lines", "make", "prepare"]
