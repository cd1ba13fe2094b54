"""Prepares a search on a node of the cluster: the device, the precision and the data are those of the node."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

from lrsearch.errors import DeviceError, LrSearchError, UsageError
from lrsearch.executors.on_ray.capacity import Node, Reserved, fit, fit_on, in_words
from lrsearch.executors.on_ray.cluster import NOT_SENT, Cluster, connect
from lrsearch.executors.on_ray.sending import Sent, pack
from lrsearch.interfaces import Given, Setup
from lrsearch.plans import Plan, auto
from lrsearch.plugins import is_loaded, load_plugins
from lrsearch.spec import Spec
from lrsearch.wording import counted, one_line

PREPARE_SECONDS = 600.0
"""How long a node may take to prepare a search. It may have to download the data."""

_MOST_NODES = 20  # that `lrsearch check` lists


def prepare(
    function: Callable[..., Setup],
    specs: Mapping[str, Spec],
    n_at_once: Mapping[str, int],
    given: Given,
    note: Callable[[str], None],
) -> dict[str, Setup]:
    """Prepare the arms of a search on a node of the cluster.

    Args:
        function: The function `prepare` of the trainer module.
        specs: The spec of each arm.
        n_at_once: Trials that each arm proposes before it needs results.
        given: The user's own program and plugins, if any.
        note: Called with a line about the files that are sent to the nodes.

    Raises:
        UsageError: See `connect`; or no node has what a job needs.
        LrSearchError: See the trainer's `prepare`.
    """
    import ray

    spec = next(iter(specs.values()))
    cluster = _connect(spec, given, note)
    n_gpus = _n_gpus(spec, given, cluster)
    _check_fits(cluster, Reserved(0, n_gpus))
    asked = ray.remote(_prepare).options(num_cpus=0, num_gpus=n_gpus, max_retries=2, **cluster.options)
    reference = asked.remote(function, dict(specs), dict(n_at_once), given, cluster.sent)
    try:
        setups: dict[str, Setup] | LrSearchError = ray.get(reference, timeout=PREPARE_SECONDS)
    except ray.exceptions.GetTimeoutError:
        nodes = in_words(cluster.nodes(fresh=True))
        raise UsageError(
            f"run.executor: no node has prepared the search within {PREPARE_SECONDS:.0f} s; the cluster ({nodes}) may "
            "be busy with other work: see `ray status`"
        ) from None
    if isinstance(setups, LrSearchError):
        raise setups
    return {arm: replace(setup, plan=_on_cluster(setup.plan, specs[arm], cluster)) for arm, setup in setups.items()}


def cluster_lines(spec: Spec, given: Given) -> list[str]:
    """Describe the cluster of a spec, and how many jobs fit on it. Connects to the cluster.

    Raises:
        UsageError: See `prepare`.
    """
    cluster = _connect(spec, given)
    reserved = Reserved(spec.run.num_cpus, _n_gpus(spec, given, cluster))
    _check_fits(cluster, reserved)
    nodes = cluster.nodes()
    where = "started on this machine" if cluster.address is None else f"at {one_line(cluster.address)}"
    n_fit = fit(nodes, reserved)
    fits = f"{counted(n_fit, 'training')} (or stacks of trainings) at the same time" if n_fit > 1 else "one training"
    of_jobs = "" if spec.run.jobs == "auto" else f"; run.jobs allows {spec.run.jobs}"
    lines = [
        f"cluster {where}: {in_words(nodes)}, Ray {version('ray')}",
        f"room for {fits}, with {reserved} for each{of_jobs}",
    ]
    if len(nodes) > 1:
        lines += [
            f"  {one_line(node.host)}: {_of_node(node)}, room for {fit_on(node, reserved)}"
            for node in nodes[:_MOST_NODES]
        ]
        if len(nodes) > _MOST_NODES:
            lines.append(f"  and {counted(len(nodes) - _MOST_NODES, 'more node')}")
    return lines


def _of_node(node: Node) -> str:
    return in_words([node]).removeprefix("1 node with ")


def _connect(spec: Spec, given: Given, note: Callable[[str], None] = lambda _: None) -> Cluster:
    """Connect to the cluster of a spec, and send it the files of the program and of plugins."""
    program, address = given.program, spec.run.address
    folder = "" if program is None or program.objective is not None or address is None else program.folder
    sent = pack(given, folder)
    _say_what_is_sent(sent, note)
    cluster = connect(address, folder)
    cluster.sent = sent
    return cluster


def _n_gpus(spec: Spec, given: Given, cluster: Cluster) -> float:
    """Return the number of GPUs that a job needs."""
    if given.program is not None:
        return float(given.program.gpus_per_trial or 0)
    device = spec.run.device
    if device.startswith("cuda:"):
        raise UsageError(f"run.device: Ray chooses the GPU of each training; give cuda instead of {device}")
    wants_gpu = device == "cuda" or (device == "auto" and any(node.gpus for node in cluster.nodes()))
    return spec.run.num_gpus if wants_gpu else 0.0


def _check_fits(cluster: Cluster, reserved: Reserved) -> None:
    """Raise an error if no node has what a job needs."""
    nodes = cluster.nodes(fresh=True)
    if reserved.cpus == reserved.gpus == 0 or fit(nodes, reserved):
        return
    kind = DeviceError if reserved.gpus and not fit(nodes, Reserved(0, reserved.gpus)) else UsageError
    key = "run.device" if kind is DeviceError else "run.num_cpus"
    raise kind(f"{key}: no node of the cluster has {reserved} for a training; it has {in_words(nodes)}")


def _on_cluster(plan: Plan, spec: Spec, cluster: Cluster) -> Plan:
    """Return a plan with the number of jobs that fit on the cluster."""
    reserved = Reserved(plan.num_cpus.value if plan.num_cpus else 1, plan.num_gpus.value if plan.num_gpus else 0.0)
    _check_fits(cluster, reserved)
    if spec.run.jobs != "auto":
        return plan
    nodes = cluster.nodes()
    reason = f"as many as fit on {in_words(nodes)}, with {reserved} each; more as nodes come"
    return replace(plan, jobs=auto(max(1, fit(nodes, reserved)), reason))


def _prepare(
    function: Callable[..., Setup],
    specs: Mapping[str, Spec],
    n_at_once: Mapping[str, int],
    given: Given,
    sent: Sent,
) -> dict[str, Setup] | LrSearchError:
    """Run on a node. An error for the user is returned, because Ray would wrap it."""
    shared: dict[Any, Any] = {}
    try:
        sent.unpack()
        load_plugins(plugin.place for plugin in given.plugins if not is_loaded(plugin))
        return {arm: function(spec, n_at_once[arm], given=given, shared=shared) for arm, spec in specs.items()}
    except LrSearchError as error:
        return error


def _say_what_is_sent(sent: Sent, note: Callable[[str], None]) -> None:
    if sent.files:
        n_files = sum(map(len, sent.files.values()))
        note(f"sent to the nodes: {counted(n_files, 'file')} of plugins, {_size(sent.n_bytes)}")
    if sent.folder:
        n_files, n_bytes = _folder_size(Path(sent.folder))
        note(
            f"sent to the nodes: {one_line(sent.folder)}, {counted(n_files, 'file')}, {_size(n_bytes)} (without what "
            ".gitignore names)"
        )


def _folder_size(folder: Path) -> tuple[int, int]:
    """Count the files of a folder that Ray sends, and their bytes."""
    n_files = n_bytes = 0
    for at, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if f"{name}/" not in NOT_SENT]
        for name in files:
            with suppress(OSError):
                n_bytes += Path(at, name).stat().st_size
                n_files += 1
    return n_files, n_bytes


def _size(n_bytes: int) -> str:
    """Write a number of bytes for people.

    Example:
        >>> _size(512), _size(340_000), _size(12_300_000)
        ('512 bytes', '340 kB', '12.3 MB')
    """
    if n_bytes < 1000:
        return counted(n_bytes, "byte")
    return f"{n_bytes / 1e3:.3g} kB" if n_bytes < 1e6 else f"{n_bytes / 1e6:.3g} MB"
