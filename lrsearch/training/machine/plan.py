"""Chooses how trials share a machine, from model, device and cores, and gives a reason for each choice.

No rule depends on a timing, so that the same spec always has the same plan. `tests/benchmarks/` measures each rule.
"""

from __future__ import annotations

import math

import torch

from lrsearch.catalog import MODELS, OPTIMIZERS
from lrsearch.plans import Decision, Plan, auto
from lrsearch.spec import Spec
from lrsearch.training.machine.device import n_cores
from lrsearch.training.machine.memory import Needs

MOST_LANES = 8
"""Most trials that a GPU trains side by side as graphs."""

LARGEST_STACK = 64
"""Most members of a stack: a larger stack of small networks is no faster (digits, mlp, one core)."""

MOST_STACKED_WEIGHTS = 500_000
"""Most weights of a network that is stacked on a CPU. Measured on two cores, against one trial at a time on all cores:
a stack of mlps with 203,000 weights gains up to a fifth, a stack of mlps with 1,900,000 weights loses a third."""


def choose_plan(
    spec: Spec, device: Decision[str], precision: Decision[str], n_at_once: int, needs: Needs | None
) -> Plan:
    """Choose engine, executor, jobs, stack and threads of a search, and return the complete plan.

    Args:
        spec: A checked spec.
        device: The device that was chosen.
        precision: The precision that was chosen.
        n_at_once: Trials that the strategy proposes before it needs results, >= 1.
        needs: The memory that a trial takes on the device; None if the model or the data were given from Python.
            Then trials train in this process, one at a time.
    """
    engine = _choose_engine(spec, device.value, n_at_once, needs)
    stack, n_stacks = Decision(1, "one trial at a time"), n_at_once
    if engine.value == "population" and needs is not None:
        stack, n_stacks = _choose_stack(n_at_once, needs)
    if engine.value == "graph" and needs is not None:
        stack, n_stacks = _choose_lanes(n_at_once, needs)
    n_places = n_cores() if device.value == "cpu" else max(1, torch.cuda.device_count())
    executor = _choose_executor(spec, n_stacks, n_places, is_given=needs is None)
    jobs = Decision(1, "one process")
    if executor.value == "processes":
        jobs = _choose_jobs(spec, device.value, n_stacks, n_places, stack.value, needs)
    threads = _choose_threads(device.value, engine.value, jobs.value)
    return Plan(
        device=device,
        precision=precision,
        engine=engine,
        executor=executor,
        jobs=jobs,
        stack=stack,
        threads=threads,
    )


def _choose_engine(spec: Spec, device: str, n_at_once: int, needs: Needs | None) -> Decision[str]:
    if spec.run.engine == "single":
        return Decision("single", "as asked")
    if spec.run.engine == "graph":
        no_graph = _obstacle_to_graphs(spec, device, needs)
        return Decision("graph", "as asked") if no_graph is None else Decision("single", no_graph)
    if (obstacle := _obstacle_to_stacking(spec, needs)) is not None:
        return Decision("single", obstacle)
    if spec.run.engine != "auto":
        return Decision("population", "as asked")
    if (slower := _why_alone_is_faster(spec, device, n_at_once, needs)) is not None:
        return auto("single", slower)
    return auto("population", f"a stack of {spec.model.name} is nearly as fast as one")


def _why_alone_is_faster(spec: Spec, device: str, n_at_once: int, needs: Needs | None) -> str | None:
    """Why trials train faster one at a time than as a stack; None if they do not."""
    model = MODELS[spec.model.name]
    if n_at_once < 2:
        return "one trial at a time is proposed"
    if device == "cpu" and model.convolutional:
        return f"on a CPU a stack of {model.name} is slower than one at a time"
    if device == "cpu" and needs is not None and needs.weights > MOST_STACKED_WEIGHTS:
        return f"on a CPU a network of more than {MOST_STACKED_WEIGHTS:,} weights trains faster alone"
    return None


def _obstacle_to_stacking(spec: Spec, needs: Needs | None) -> str | None:
    """Why trials cannot train as one stack, whatever the spec asks for; None if they can."""
    model, optimizer = MODELS[spec.model.name], OPTIMIZERS[spec.train.optimizer.name]
    if needs is None:
        return "a model or data of one's own"
    if not model.population:
        return f"{model.name} cannot be stacked"
    if not optimizer.linear_in_lr:
        return f"the step of {optimizer.name} is not linear in the rate"
    if needs.most_members() < 2:
        return "the memory holds no two trials at a time"
    return None


def _obstacle_to_graphs(spec: Spec, device: str, needs: Needs | None) -> str | None:
    """Why the steps of a trial cannot be recorded as CUDA graphs; None if they can."""
    optimizer = OPTIMIZERS[spec.train.optimizer.name]
    if needs is None:
        return "a model or data of one's own"
    if not device.startswith("cuda"):
        return f"CUDA graphs need a CUDA device, and this search trains on {device}"
    if not optimizer.capturable:
        return f"torch cannot record the steps of {optimizer.name}"
    return None


def _choose_lanes(n_at_once: int, needs: Needs) -> tuple[Decision[int], int]:
    """Choose how many trials train side by side. Return it with the number of such groups."""
    most = max(1, min(MOST_LANES, needs.most_members()))
    n_groups = math.ceil(n_at_once / most)
    return Decision(math.ceil(n_at_once / n_groups), f"{n_at_once} trials, at most {most} side by side"), n_groups


def _choose_stack(n_at_once: int, needs: Needs) -> tuple[Decision[int], int]:
    """Choose the size of a stack. Return it with the number of stacks."""
    largest = max(2, min(LARGEST_STACK, needs.most_members()))
    n_stacks = math.ceil(n_at_once / largest)
    size = max(2, math.ceil(n_at_once / n_stacks))
    bound = str(largest) if largest == LARGEST_STACK else f"{largest}, which memory holds"
    return Decision(size, f"{n_at_once} trials at a time, in equal stacks of at most {bound}"), n_stacks


def _choose_executor(spec: Spec, n_stacks: int, n_places: int, *, is_given: bool) -> Decision[str]:
    if is_given:
        return Decision("inline", "a model or data of one's own cannot be sent to another process")
    if spec.run.executor != "auto":
        return Decision(spec.run.executor, "as asked")
    if spec.run.trial_timeout is not None:
        return auto("processes", "only a process can be ended when a trial takes too long")
    if spec.run.jobs not in {"auto", 1}:
        return auto("processes", f"{spec.run.jobs} jobs were asked for")
    if n_stacks < 2 or n_places < 2 or spec.run.jobs == 1:
        return auto("inline", "one stack of trials at a time")
    return auto("processes", f"{n_places} places to train at, each with a worker that stays")


def _choose_jobs(
    spec: Spec, device: str, n_stacks: int, n_places: int, stack_size: int, needs: Needs | None
) -> Decision[int]:
    if spec.run.jobs != "auto":
        return Decision(spec.run.jobs, "as asked")
    n_jobs = max(1, min(n_places, n_stacks))
    if device == "cpu" and needs is not None and n_jobs > needs.most_jobs(stack_size):
        return auto(needs.most_jobs(stack_size), "as many as the memory holds")
    return auto(n_jobs, f"one for each {_place(device) if n_jobs == n_places else 'stack of trials'}")


def _choose_threads(device: str, engine: str, jobs: int) -> Decision[int]:
    if device != "cpu":
        return Decision(1, f"the work is done on {device}")
    if engine == "population":
        return Decision(1, "operations on a stack of small networks are too short to share")
    return Decision(
        max(1, n_cores() // jobs), "the cores, shared among the jobs; other threads may change the last digits"
    )


def _place(device: str) -> str:
    return "core" if device == "cpu" else "GPU"
