"""Connects to a Ray cluster, or starts one on this machine, and compares the versions of its nodes with this machine's.

Ray keeps one connection for each process. It stays open until the process ends, so that a range test and the search
that follows it share a cluster.
"""

from __future__ import annotations

import logging
import os
import signal
import socket
import threading
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from platform import python_version
from typing import Any, TypeAlias

from lrsearch.errors import UsageError
from lrsearch.executors.on_ray.capacity import Node
from lrsearch.executors.on_ray.sending import Sent
from lrsearch.wording import one_line

Versions: TypeAlias = Mapping[str, str]
"""Versions by name: Python, Ray, torch and lrsearch. "" for a package that is not installed."""

CONNECT_SECONDS = 10.0
"""How long the address of a cluster may take to answer."""

ANSWER_SECONDS = 120.0
"""How long a node may take to start a process and to tell its versions."""

_NODES_SECONDS = 1.0  # how long a list of the nodes is used
_LOCAL_STORE_BYTES = 200 << 20  # object store of a local cluster: trials and results are a few kilobytes each
_CLIENT = "ray://"
_CLIENT_PORT, _PORT = 10001, 6379  # Ray's own defaults
_PACKAGES = ("torch", "lrsearch")


@dataclass
class Cluster:
    """The connection of this process to a cluster.

    Attributes:
        address: The address that the user gave; None for a cluster on this machine.
        options: Ray's options for each task and actor: the environment of its process.
        variables: Variables of the environment that processes on a node get from this process.
        was_there: Whether somebody else connected this process to Ray.
        sent: What is sent to the nodes.
        checked: Identities of the nodes whose versions are known to fit.
    """

    address: str | None
    options: Mapping[str, Any] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict)
    was_there: bool = False
    sent: Sent = field(default_factory=Sent)
    checked: set[str] = field(default_factory=set)
    _nodes: tuple[Node, ...] = ()
    _looked: float = -_NODES_SECONDS

    def fits(self, address: str | None, folder: str, variables: Mapping[str, str]) -> bool:
        """Whether this is the connection that a search needs."""
        return (self.address, self.sent.folder, self.variables) == (address, folder, variables)

    def nodes(self, *, fresh: bool = False) -> tuple[Node, ...]:
        """Return the nodes that are alive now, or were a second ago.

        Args:
            fresh: Whether to ask Ray again in any case.
        """
        now = time.monotonic()
        if fresh or now - self._looked >= _NODES_SECONDS:
            self._nodes, self._looked = tuple(_node(node) for node in _listed() if node["Alive"]), now
        return self._nodes


_connected: Cluster | None = None


def connected() -> Cluster:
    """Return the cluster that this process is connected to.

    Raises:
        UsageError: There is none.
    """
    if _connected is None:
        raise UsageError("run.executor: this process is not connected to a Ray cluster")
    return _connected


def connect(address: str | None, folder: str = "") -> Cluster:
    """Connect to a cluster, or start one on this machine that listens on its loopback interface only.

    Args:
        address: auto, host:port or ray://host:port; None to start a cluster.
        folder: A folder whose files Ray sends to the nodes; "" for none.

    Raises:
        UsageError: Ray is not installed, the address does not answer, or a node has other versions than this machine.
    """
    global _connected  # noqa: PLW0603  (Ray has one connection for each process)
    if find_spec("ray") is None:
        raise UsageError("run.executor: Ray is not installed; install it: pip install 'lrsearch[ray]'")
    variables = {name: value for name, value in os.environ.items() if name.startswith("LRSEARCH_")}
    if _connected is not None and _is_open() and _connected.fits(address, folder, variables):
        return _connected
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"  # Ray sends nothing about this search to its makers
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "1")  # a training without a GPU sees none
    environment: dict[str, Any] = {"env_vars": variables} if variables else {}
    was_there = _is_open() and (_connected is None or _connected.was_there)
    if was_there and folder:
        raise UsageError(
            "run.executor: this process was connected to Ray before, so Ray cannot send a folder to the nodes; call "
            "ray.shutdown() first"
        )
    if not was_there:
        if folder:
            environment |= {"working_dir": folder, "excludes": list(NOT_SENT)}
        _open(address, environment)
    options = {"runtime_env": environment} if was_there and environment else {}
    cluster = Cluster(address, options, variables, was_there, Sent(folder=folder))
    check_versions(cluster)
    _connected = cluster
    return cluster


NOT_SENT = (".git/", ".venv/", "venv/", "__pycache__/", "runs/")
"""What stays on this machine of a folder that is sent, beside what a .gitignore in it names."""


def disconnect() -> None:
    """Close the connection, and end a cluster that this process has started."""
    global _connected  # noqa: PLW0603  (see `connect`)
    if _connected is not None and not _connected.was_there:
        import ray

        ray.shutdown()
    _connected = None


def versions() -> dict[str, str]:
    """Return the versions of this process that must be equal on all nodes."""
    return {"Python": python_version(), "Ray": version("ray"), **{name: _version(name) for name in _PACKAGES}}


def differences(there: Versions, here: Versions) -> list[str]:
    """Describe how the versions of a node differ from those of this machine.

    Example:
        >>> differences({"torch": "2.13.0", "lrsearch": ""}, {"torch": "2.14.1", "lrsearch": "0.1.0"})
        ['torch 2.13.0 (here 2.14.1)', 'no lrsearch (here 0.1.0)']
    """
    return [
        f"{f'{name} {there[name]}' if there[name] else f'no {name}'} (here {wanted or 'none'})"
        for name, wanted in here.items()
        if there[name] != wanted
    ]


def check_versions(cluster: Cluster) -> None:
    """Ask each node for its versions. A node that does not answer in time is not waited for.

    Raises:
        UsageError: A node has other versions than this machine, or no node answers.
    """
    import ray
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

    nodes = cluster.nodes(fresh=True)
    ask = ray.remote(_asker())
    asked = {
        ask.options(
            num_cpus=0, scheduling_strategy=NodeAffinitySchedulingStrategy(node.identity, soft=False), **cluster.options
        ).remote(list(versions())): node
        for node in nodes
    }
    answered, _ = ray.wait(list(asked), num_returns=len(asked), timeout=ANSWER_SECONDS)
    problems, here = [], versions()
    for reference in answered:
        node = asked[reference]
        try:
            found = differences(ray.get(reference), here)
        except ray.exceptions.RuntimeEnvSetupError as error:
            raise UsageError(f"run.executor: Ray cannot send the folder to the nodes: {one_line(str(error))}") from None
        except ray.exceptions.RayError:
            continue  # the node has gone
        if found:
            problems.append(f"node {one_line(node.host)}: {', '.join(found)}")
        cluster.checked.add(node.identity)
    if problems:
        raise UsageError("run.address: nodes need the same versions as this machine", *dict.fromkeys(problems))
    if not cluster.checked:
        raise UsageError(f"run.address: no node of the cluster has answered within {ANSWER_SECONDS:.0f} s")


def _asker() -> Callable[[Sequence[str]], dict[str, str]]:
    """Return the function that runs on a node. It is sent with its code, because the node may lack lrsearch."""

    def ask(names: Sequence[str]) -> dict[str, str]:
        from importlib.metadata import PackageNotFoundError, version
        from platform import python_version

        found = {}
        for name in names:
            try:
                found[name] = python_version() if name == "Python" else version(name.lower())
            except PackageNotFoundError:
                found[name] = ""
        return found

    return ask


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def _is_open() -> bool:
    import sys

    ray = sys.modules.get("ray")
    return ray is not None and bool(ray.is_initialized())


def _open(address: str | None, environment: Mapping[str, Any]) -> None:
    """Connect this process to Ray.

    Raises:
        UsageError: The address does not answer, or the cluster has another version of Ray or Python.
    """
    import ray
    from ray._private import worker as internals

    # Ray has no setting for this: it prints the log of a node that ended on standard output, which is for the results.
    internals.print_to_stdstream = _print_nothing
    more: dict[str, Any] = {}
    on_loopback = address is None or only_on_loopback(address)
    if address is None:
        n_cpus = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else None
        more = {"num_cpus": n_cpus, "include_dashboard": False, "object_store_memory": _LOCAL_STORE_BYTES}
    if ray.is_initialized():
        ray.shutdown()
    with _ray_settings(on_loopback=on_loopback, is_there=address is not None), _own_signals():
        try:
            ray.init(
                address=address or "local",
                runtime_env=dict(environment),
                logging_level=logging.ERROR,
                log_to_driver=False,
                **more,
            )
        except Exception as error:  # noqa: BLE001  (Ray raises many kinds, and Exception itself)
            what = (
                "cannot start a Ray cluster on this machine" if address is None else f"cannot use {one_line(address)}"
            )
            raise UsageError(f"run.address: {what}: {one_line(str(error))}") from None


def _print_nothing(*_: object, **__: object) -> None:
    """Take the messages of Ray's nodes; a lost worker is told by the search itself."""


def only_on_loopback(address: str) -> bool:
    """Check that something answers at an address. Return whether it can be reached from this machine only.

    Ray itself would try for minutes. It also takes the machine's address in the network for 127.0.0.1.

    Raises:
        UsageError: Nothing answers, or the address has another form.
    """
    given, found = f"run.address: {one_line(address)}", address
    if address == "auto":
        found = _running_here()
        if not found:
            raise UsageError(f"{given}: no Ray cluster runs on this machine; start one with `ray start --head`")
        given += f" is {one_line(found)}"
    host, colon, port = found.removeprefix(_CLIENT).rpartition(":")
    if not colon:
        host, port = port, str(_CLIENT_PORT if found.startswith(_CLIENT) else _PORT)
    if not host or not port.isdigit() or int(port) > 65535:
        raise UsageError(f"{given}: expected auto, host:port or ray://host:port")
    host = host.strip("[]")
    is_here = host in {"127.0.0.1", "::1", "localhost", _own_host()} and not found.startswith(_CLIENT)
    error = _probe(_own_host() if is_here else host, int(port))
    if error is None:
        return False
    if is_here and _probe("127.0.0.1", int(port)) is None:
        return True
    raise UsageError(
        f"{given}: nothing answers at {host} port {port} (tried for at most {CONNECT_SECONDS:.0f} s: {error}); see "
        "`ray status` on the head node, and give its address, such as host:6379 or ray://host:10001"
    )


def _probe(host: str, port: int) -> str | None:
    """Return why nothing answers at a port; None if something does."""
    try:
        socket.create_connection((host, port), timeout=CONNECT_SECONDS).close()
    except OSError as error:
        return error.strerror or str(error) or "no answer"
    return None


def _own_host() -> str:
    """Return the address of this machine in its network; 127.0.0.1 without a network."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as way_out:
        try:
            way_out.connect(("192.0.2.1", 9))  # an address for documentation; nothing is sent
        except OSError:
            return "127.0.0.1"
        return str(way_out.getsockname()[0])


def _running_here() -> str:
    """Return the address of the cluster that runs on this machine, or that RAY_ADDRESS names; "" if there is none."""
    from ray._private import services

    try:
        return str(services.canonicalize_bootstrap_address("auto") or "")
    except (ConnectionError, RuntimeError):
        return ""


@contextmanager
def _ray_settings(*, on_loopback: bool, is_there: bool) -> Iterator[None]:
    """Set what Ray reads from the environment, and restore it.

    Args:
        on_loopback: Whether Ray uses 127.0.0.1 only. On Linux, Ray listens on all interfaces, whatever address it is
            given. With this variable, it behaves as on macOS, where it uses the loopback interface.
        is_there: Whether the cluster runs already. Ray then tries once to reach it, for 40 s, and not 20 times.
    """
    from ray._private import ray_constants

    settings = {"RAY_gcs_server_port_wait_time_s": "1"} if is_there else {}
    if on_loopback:
        settings["RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"] = "0"
    before, was_cluster = dict(os.environ), ray_constants.ENABLE_RAY_CLUSTER
    os.environ.update(settings)
    ray_constants.ENABLE_RAY_CLUSTER = was_cluster and not on_loopback
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        ray_constants.ENABLE_RAY_CLUSTER = was_cluster
        for name in settings:
            os.environ.pop(name, None)
            if name in before:
                os.environ[name] = before[name]


@contextmanager
def _own_signals() -> Iterator[None]:
    """Keep the handler of SIGTERM, which Ray replaces."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.getsignal(signal.SIGTERM)
    try:
        yield
    finally:
        if before is not None:
            signal.signal(signal.SIGTERM, before)


def _listed() -> list[dict[str, Any]]:
    """Return the nodes as Ray describes them, also those that have gone."""
    import ray

    nodes: list[dict[str, Any]] = ray.nodes()  # type: ignore[no-untyped-call]
    return nodes


def _node(node: Mapping[str, Any]) -> Node:
    resources = node["Resources"]
    return Node(node["NodeID"], node["NodeManagerHostname"], resources.get("CPU", 0.0), resources.get("GPU", 0.0))
