"""Chooses how trials share a machine, from model, device and cores, and gives a reason for each choice.

No rule depends on a timing, so that the same spec always has the same plan. `tests/benchmarks/` measures each rule.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import torch

from lrsearch.catalog import EXECUTORS, INLINE, MODELS, OPTIMIZERS, WORKERS
from lrsearch.plans import Decision, Plan, auto
from lrsearch.spec import Spec
from lrsearch.training.machine.device import n_cores
from lrsearch.training.machine.memory import Needs

MOST_LANES = 8
"""Maximum number of trials that a GPU trains at the same time with CUDA graphs. On an H200, 32 trials are up to a third
faster than 8 for small batches of the cnn, and up to two thirds slower for the mlp."""

MOST_LOADERS = 4
"""Maximum number of processes that load examples for one job."""

LARGEST_STACK = 64
"""Maximum number of members of a stack: a larger stack of small networks is no faster (digits, mlp, one core)."""

MOST_STACKED_WEIGHTS = 500_000
"""Maximum number of weights of a network that is stacked on a CPU. Measured on two cores, compared with one trial at a
time on all cores: a stack of mlps with 203,000 weights is up to a fifth faster, one with 1,900,000 a third slower."""


@dataclass(frozen=True, slots=True)
class Traits:
    """The facts about a user's own network, loss and data that the choice of a plan needs.

    Attributes:
        convolutional: Whether the network has convolutions.
        obstacle: Why several networks cannot train as one stack; None if they can.
        is_plugged: Whether the network or the loss comes from a plugin.
        is_loaded: Whether examples are loaded batch by batch while the network trains.
    """

    convolutional: bool
    obstacle: str | None = None
    is_plugged: bool = False
    is_loaded: bool = False


def choose_plan(
    spec: Spec,
    device: Decision[str],
    precision: Decision[str],
    n_at_once: int,
    needs: Needs | None,
    traits: Traits | None = None,
) -> Plan:
    """Choose the engine, executor, jobs, stack and threads of a search. Return the complete plan.

    Args:
        spec: A checked spec.
        device: The device that was chosen.
        precision: The precision that was chosen.
        n_at_once: Trials that the strategy proposes before it needs results, >= 1.
        needs: The memory that a trial takes on the device; None if the model or the data are the user's own. Then
            trials train in this process, one at a time.
        traits: What is known of the network; None for the built-in model of the spec.
    """
    traits = traits or built_in_traits(spec)
    engine = _choose_engine(spec, device.value, n_at_once, needs, traits)
    stack, n_stacks = Decision(1, "one trial at a time"), n_at_once
    if engine.value == "population" and needs is not None:
        stack, n_stacks = _choose_stack(n_at_once, needs)
    if engine.value == "graph" and needs is not None:
        stack, n_stacks = _choose_lanes(n_at_once, needs)
    n_places = n_cores() if device.value == "cpu" else max(1, torch.cuda.device_count())
    executor = _choose_executor(spec, n_stacks, n_places, is_given=needs is None)
    jobs = Decision(1, "one process")
    if EXECUTORS[executor.value].has_workers:
        jobs = _choose_jobs(spec, device.value, n_stacks, n_places, stack.value, needs)
    loaders = _choose_loaders(executor.value) if traits.is_loaded else None
    threads = _choose_threads(device.value, engine.value, jobs.value)
    of_cluster: dict[str, Any] = {}
    if EXECUTORS[executor.value].is_cluster:
        of_cluster = reserved(spec, device.value)
        threads = threads if device.value != "cpu" or engine.value == "population" else of_cluster["num_cpus"]
    return Plan(
        device=device,
        precision=precision,
        engine=engine,
        executor=executor,
        jobs=jobs,
        stack=stack,
        threads=threads,
        loaders=loaders,
        **of_cluster,
    )


def reserved(spec: Spec, device: str) -> dict[str, Any]:
    """Return what a cluster reserves for each job, as the decisions `num_cpus` and `num_gpus` of a plan.

    The number of CPUs does not depend on the cluster, so that a search has the same results on every cluster.

    Args:
        spec: A checked spec.
        device: A torch device name.
    """
    gpus = Decision(0.0, f"the training runs on {device}")
    if device.startswith("cuda"):
        gpus = Decision(spec.run.num_gpus, "run.num_gpus")
    return {"num_cpus": Decision(spec.run.num_cpus, "run.num_cpus"), "num_gpus": gpus}


def built_in_traits(spec: Spec) -> Traits:
    """Return what a plan has to know about the built-in model of a spec."""
    model = MODELS[spec.model.name]
    return Traits(model.convolutional, None if model.population else f"{model.name} cannot be stacked")


def _choose_loaders(executor: str) -> Decision[int]:
    """Choose how many processes load examples."""
    if EXECUTORS[executor].has_workers:
        return Decision(0, "each worker loads its own examples")
    n_loaders = min(MOST_LOADERS, n_cores() - 1)
    if n_loaders < 1:
        return Decision(0, "there is no second core to load examples on")
    return auto(n_loaders, "the examples of a Dataset are loaded while the network trains")


def _choose_engine(spec: Spec, device: str, n_at_once: int, needs: Needs | None, traits: Traits) -> Decision[str]:
    asked = spec.run.engine
    if asked == "auto":
        return _choose_fastest_engine(spec, device, n_at_once, needs, traits)
    obstacle = None
    if asked == "graph":
        obstacle = _obstacle_to_graphs(spec, device, needs, traits)
    elif asked == "population":
        obstacle = _obstacle_to_stacking(spec, needs, traits)
    return Decision(asked, "set in the spec") if obstacle is None else Decision("single", obstacle)


def _choose_fastest_engine(
    spec: Spec, device: str, n_at_once: int, needs: Needs | None, traits: Traits
) -> Decision[str]:
    if _obstacle_to_graphs(spec, device, needs, traits) is None:
        return auto("graph", "a GPU replays CUDA graphs faster than Python starts each step")
    if (obstacle := _obstacle_to_stacking(spec, needs, traits)) is not None:
        return Decision("single", obstacle)
    if (slower := _why_alone_is_faster(spec, device, n_at_once, needs, traits)) is not None:
        return auto("single", slower)
    return auto(
        "population",
        f"training several {spec.model.name} networks as one stack takes little more time than training one",
    )


def _why_alone_is_faster(spec: Spec, device: str, n_at_once: int, needs: Needs | None, traits: Traits) -> str | None:
    """Return the reason why trials train faster one at a time than as a stack; None if a stack is faster."""
    if n_at_once < 2:
        return "the search proposes one trial at a time"
    if device == "cpu" and traits.convolutional:
        return f"on a CPU a stack of {spec.model.name} networks is slower than one trial at a time"
    if device == "cpu" and needs is not None and needs.weights > MOST_STACKED_WEIGHTS:
        return f"on a CPU a network of more than {MOST_STACKED_WEIGHTS:,} weights trains faster alone"
    return None


def _obstacle_to_stacking(spec: Spec, needs: Needs | None, traits: Traits) -> str | None:
    """Return the reason why trials cannot train as one stack, whatever the spec says; None if a stack is possible."""
    optimizer = OPTIMIZERS[spec.train.optimizer.name]
    if needs is None:
        return "trainings with your own model or data cannot train as one stack"
    if traits.obstacle is not None:
        return traits.obstacle
    if optimizer.plugin:
        return f"{optimizer.name} cannot be stacked, because it comes from a plugin"
    if not optimizer.linear_in_lr:
        return f"{optimizer.name} cannot be stacked, because its step is not proportional to the rate"
    if needs.most_members() < 2:
        return "the memory is too small for two trials at a time"
    return None


def _obstacle_to_graphs(spec: Spec, device: str, needs: Needs | None, traits: Traits) -> str | None:
    """Return the reason why the steps of a trial cannot be recorded as CUDA graphs; None if graphs are possible."""
    optimizer = OPTIMIZERS[spec.train.optimizer.name]
    if needs is None:
        return "your own model or data cannot be recorded as CUDA graphs"
    if not device.startswith("cuda"):
        return f"CUDA graphs need a CUDA device, and this search trains on {device}"
    if traits.is_plugged or traits.is_loaded:
        return "networks, losses and Datasets of plugins are not recorded as CUDA graphs"
    if not MODELS[spec.model.name].capturable:
        return f"CUDA graphs of {spec.model.name} were not tested"
    if not optimizer.capturable:
        return f"torch cannot record CUDA graphs of the steps of {optimizer.name}"
    return None


def _choose_lanes(n_at_once: int, needs: Needs) -> tuple[Decision[int], int]:
    """Choose how many trials train at the same time.

    Return the size of such a group, and the number of groups.
    """
    most = max(1, min(MOST_LANES, needs.most_members()))
    n_groups = math.ceil(n_at_once / most)
    return Decision(math.ceil(n_at_once / n_groups), f"{n_at_once} trials, at most {most} at the same time"), n_groups


def _choose_stack(n_at_once: int, needs: Needs) -> tuple[Decision[int], int]:
    """Choose the size of a stack. Return the size and the number of stacks."""
    largest = max(2, min(LARGEST_STACK, needs.most_members()))
    n_stacks = math.ceil(n_at_once / largest)
    size = max(2, math.ceil(n_at_once / n_stacks))
    bound = str(largest) if largest == LARGEST_STACK else f"{largest}, as many as fit into memory"
    return Decision(size, f"{n_at_once} trials at a time, in equal stacks of at most {bound}"), n_stacks


def _choose_executor(spec: Spec, n_stacks: int, n_places: int, *, is_given: bool) -> Decision[str]:
    if is_given:
        return Decision(INLINE, "your own model or data cannot be sent to another process")
    if spec.run.executor != "auto":
        return Decision(spec.run.executor, "set in the spec")
    if spec.run.trial_timeout is not None:
        return auto(WORKERS, "run.trial_timeout needs worker processes, because only a process can be ended")
    if spec.run.jobs not in {"auto", 1}:
        return auto(WORKERS, f"run.jobs is {spec.run.jobs}")
    if n_stacks < 2 or n_places < 2 or spec.run.jobs == 1:
        return auto(INLINE, "one stack of trials at a time")
    return auto(WORKERS, f"worker processes can train up to {n_places} stacks of trials at the same time")


def _choose_jobs(
    spec: Spec, device: str, n_stacks: int, n_places: int, stack_size: int, needs: Needs | None
) -> Decision[int]:
    if spec.run.jobs != "auto":
        return Decision(spec.run.jobs, "set in the spec")
    n_jobs = max(1, min(n_places, n_stacks))
    if device == "cpu" and needs is not None and n_jobs > needs.most_jobs(stack_size):
        return auto(needs.most_jobs(stack_size), "as many as fit into memory")
    return auto(n_jobs, f"one for each {_place(device) if n_jobs == n_places else 'stack of trials'}")


def _choose_threads(device: str, engine: str, jobs: int) -> Decision[int]:
    if device != "cpu":
        return Decision(1, f"{device} does the arithmetic")
    if engine == "population":
        return Decision(1, "each operation on small networks is so short that more threads do not make it faster")
    return Decision(
        max(1, n_cores() // jobs),
        "number of cores divided by jobs; a different number of threads may change the last digits of the results",
    )


def _place(device: str) -> str:
    return "core" if device == "cpu" else "GPU"
