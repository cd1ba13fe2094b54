"""How trials share a machine: a fixed rule of model, device and cores, each choice with its reason.

No rule depends on a timing, so that a run is planned alike every time; `tests/benchmarks/` measures both sides of each.
"""

from __future__ import annotations

import math

import torch

from lrsearch.catalog import MODELS, OPTIMIZERS
from lrsearch.records import Decision
from lrsearch.spec import Spec
from lrsearch.training.machine.device import n_cores
from lrsearch.training.machine.memory import Needs

LARGEST_STACK = 64
"""Members of a population: beyond, a stack of small networks gains nothing more (digits, mlp, one core)."""

MOST_STACKED_WEIGHTS = 500_000
"""Weights of a network that is stacked on a CPU: measured on two cores, an mlp of 203,000 gains up to a fifth, one of
1,900,000 loses a third against one at a time on all cores."""


def choose_plan(spec: Spec, device: str, n_at_once: int, needs: Needs | None) -> dict[str, Decision]:
    """Engine, executor, jobs, stack and threads of a search.

    Args:
        spec: A checked spec.
        device: A torch device name.
        n_at_once: Trials that the strategy proposes before it needs results, >= 1.
        needs: What of the device's memory a trial takes; None where the model or the data were given from Python: then
            trials stay in this process, one at a time.
    """
    engine = _choose_engine(spec, device, n_at_once, needs)
    stack, n_batches = Decision(1, "one trial at a time"), n_at_once
    if engine.value == "population" and needs is not None:
        largest = max(2, min(LARGEST_STACK, needs.most_members()))
        n_batches = math.ceil(n_at_once / largest)
        size = max(2, math.ceil(n_at_once / n_batches))
        bound = f"{largest}{'' if largest == LARGEST_STACK else ', which memory holds'}"
        stack = Decision(size, f"{n_at_once} trials at a time, in equal stacks of at most {bound}")
    n_places = n_cores() if device == "cpu" else max(1, torch.cuda.device_count())
    executor = _choose_executor(spec, n_batches, n_places, is_own=needs is None)
    jobs = Decision(1, "one process")
    if executor.value == "processes":
        auto = _choose_jobs(device, n_batches, n_places, int(stack.value), needs)
        jobs = auto if spec.run.jobs == "auto" else Decision(spec.run.jobs, "as asked")
    return {
        "engine": engine,
        "executor": executor,
        "jobs": jobs,
        "stack": stack,
        "threads": _choose_threads(device, str(engine.value), int(jobs.value)),
    }


def _choose_engine(spec: Spec, device: str, n_at_once: int, needs: Needs | None) -> Decision:
    if spec.run.engine == "single":
        return Decision("single", "as asked")
    model, optimizer = MODELS[spec.model.name], OPTIMIZERS[spec.train.optimizer.name]
    obstacles = {
        "a model or data of one's own": needs is None,
        f"{model.name} cannot be stacked": not model.population,
        f"the step of {optimizer.name} is not linear in the rate": not optimizer.linear_in_lr,
        "the memory holds no two trials at a time": needs is not None and needs.most_members() < 2,
    }
    if spec.run.engine == "auto":
        obstacles |= {
            "auto: one trial at a time is proposed": n_at_once < 2,
            f"auto: on a CPU a stack of {model.name} is slower than one at a time": (
                device == "cpu" and model.convolutional
            ),
            f"auto: on a CPU a network of more than {MOST_STACKED_WEIGHTS:,} weights trains faster alone": (
                device == "cpu" and needs is not None and needs.weights > MOST_STACKED_WEIGHTS
            ),
        }
    for reason, applies in obstacles.items():
        if applies:
            return Decision("single", reason)
    if spec.run.engine == "auto":
        return Decision("population", f"auto: a stack of {model.name} is nearly as fast as one")
    return Decision("population", "as asked")


def _choose_executor(spec: Spec, n_batches: int, n_places: int, *, is_own: bool) -> Decision:
    if is_own:
        return Decision("inline", "a model or data of one's own cannot be sent to another process")
    if spec.run.executor != "auto":
        return Decision(spec.run.executor, "as asked")
    if spec.run.trial_timeout is not None:
        return Decision("processes", "auto: only a process can be ended when a trial takes too long")
    if spec.run.jobs not in {"auto", 1}:
        return Decision("processes", f"auto: {spec.run.jobs} jobs were asked for")
    if n_batches < 2 or n_places < 2 or spec.run.jobs == 1:
        return Decision("inline", "auto: one batch at a time")
    return Decision("processes", f"auto: {n_places} places to train at, each with a worker that stays")


def _choose_jobs(device: str, n_batches: int, n_places: int, stack: int, needs: Needs | None) -> Decision:
    n_jobs = max(1, min(n_places, n_batches))
    if device == "cpu" and needs is not None and n_jobs > needs.most_jobs(stack):
        return Decision(needs.most_jobs(stack), "auto: as many as the memory holds")
    return Decision(n_jobs, f"auto: one for each {_place(device) if n_jobs == n_places else 'batch of trials'}")


def _choose_threads(device: str, engine: str, jobs: int) -> Decision:
    if device != "cpu":
        return Decision(1, f"the work is done on {device}")
    if engine == "population":
        return Decision(1, "operations on a stack of small networks are too short to share")
    return Decision(max(1, n_cores() // jobs), "the cores, shared among the jobs")


def _place(device: str) -> str:
    return "core" if device == "cpu" else "GPU"
