"""Lists the executors. An executor decides where stacks of trials train: here, or on the nodes of a cluster."""

from __future__ import annotations

from dataclasses import dataclass

from lrsearch.catalog.entries import Entry, table


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutorEntry(Entry):
    """An executor. `about` says where trials train, in the help of `run.executor`.

    Attributes:
        module: Import name of its module. Its function `make(make_trainer, context, plan, timeout_seconds=...)` builds
            the executor.
        has_workers: Whether trials train in worker processes. Several workers can train at a time, and each worker can
            be ended from outside.
        is_cluster: Whether trials train on the nodes of a cluster. The plan is then made on a node, and the module's
            function `prepare` does that.
    """

    module: str
    has_workers: bool
    is_cluster: bool = False


INLINE, WORKERS = "inline", "processes"
"""The executors that `auto` chooses between."""

RAY = "ray"
"""The executor that trains on the nodes of a Ray cluster."""

EXECUTORS: dict[str, ExecutorEntry] = table(
    ExecutorEntry(name=INLINE, about="in this process", module="lrsearch.executors.inline", has_workers=False),
    ExecutorEntry(name=WORKERS, about="in worker processes", module="lrsearch.executors.processes", has_workers=True),
    ExecutorEntry(
        name=RAY,
        about="on the nodes of a Ray cluster",
        module="lrsearch.executors.on_ray",
        has_workers=True,
        is_cluster=True,
    ),
)
