"""The plan of a search, with the reason for each decision. Also the plan of a final training, and a worker."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any, Generic, TypeVar

Value = TypeVar("Value", str, int, float)


@dataclass(frozen=True, slots=True)
class Decision(Generic[Value]):
    """One choice of a plan.

    Attributes:
        value: The chosen value.
        reason: The reason, as text for the user.
        is_auto: Whether a rule for `auto` chose the value; False if the spec sets it or if there was no choice.
    """

    value: Value
    reason: str
    is_auto: bool = False


def auto(value: Value, reason: str) -> Decision[Value]:
    """Record a value that a rule for `auto` chose, with its reason.

    Args:
        value: The chosen value.
        reason: The reason, without the prefix "auto: ".

    Example:
        >>> auto("cpu", "no GPU found").reason
        'auto: no GPU found'
    """
    return Decision(value, f"auto: {reason}", is_auto=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How a search trains on this machine. Each choice has its reason. `run.json` stores them as `decisions`.

    Attributes:
        device: A torch device name: cpu, cuda:0, mps.
        precision: fp32 or bf16.
        engine: single, population or graph.
        executor: inline, processes or ray.
        jobs: Number of worker processes, >= 1.
        stack: Number of trials that one job trains at the same time, >= 1: as one stack (engine population) or side by
            side on a GPU (engine graph).
        threads: Number of CPU threads for the arithmetic of one job, >= 1.
        range: The searched learning rates, such as "0.0001 .. 1.0 log". `range.is_auto` is true if a range test found
            the range. None before a strategy has been chosen.
        class_weights: "balanced", with the training images of each class as the reason; None without class weights.
        loaders: Number of processes that load examples for a job, >= 0; None if all data are on the device.
        num_cpus: CPUs that the cluster reserves for each job, >= 1; None if no cluster trains.
        num_gpus: GPUs that the cluster reserves for each job, >= 0; a share below 1 if jobs share a GPU. None if no
            cluster trains.
    """

    device: Decision[str]
    precision: Decision[str]
    engine: Decision[str]
    executor: Decision[str]
    jobs: Decision[int]
    stack: Decision[int]
    threads: Decision[int]
    range: Decision[str] | None = None
    class_weights: Decision[str] | None = None
    loaders: Decision[int] | None = None
    num_cpus: Decision[int] | None = None
    num_gpus: Decision[float] | None = None

    @property
    def decisions(self) -> dict[str, Decision[Any]]:
        """The decisions by name, without decisions that are None."""
        made = {each.name: getattr(self, each.name) for each in fields(self)}
        return {name: decision for name, decision in made.items() if decision is not None}

    def sharing_with(self, other: Plan) -> Plan:
        """Return this plan with the device, the executor and the jobs of another plan.

        All arms of a search share these.
        """
        return replace(self, device=other.device, executor=other.executor, jobs=other.jobs)


@dataclass(frozen=True, slots=True, kw_only=True)
class FinalPlan:
    """What a final training (`lrsearch train`) does beside its spec, and the score that its search expects.

    Attributes:
        search: Folder of the search whose rate is trained; "" if the user gave a spec and a rate.
        reason: Why this rate is trained, as text for the user.
        with_validation: Whether the validation examples are trained on too.
        expected: Expected score on validation examples, in the unit of the search's metric; None if unknown.
        expected_sd: Standard error of `expected` that comes from the seeds of the search; None if unknown.
        seed_sd: Standard deviation of one training's score over seeds; None if unknown.
    """

    search: str = ""
    reason: str = ""
    with_validation: bool = False
    expected: float | None = None
    expected_sd: float | None = None
    seed_sd: float | None = None


SHARED = ("device", "executor", "jobs")
"""The names of the decisions that are the same for all arms of a search."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """Describes the worker in which a trainer runs. The trainer gets this description when it is built.

    Attributes:
        device: A torch device name: cpu, cuda:0, mps.
        threads: Number of CPU threads for the arithmetic of one trial, >= 1.
        index: Number of the worker, from 0.
        stack_size: Number of trials that train at the same time, >= 1.
        fingerprint: The fingerprint that the worker's data must have, as in `Task`; None to accept any data.
        n_loaders: Number of processes that load examples for the worker; 0 to load them in the worker.
    """

    device: str = "cpu"
    threads: int = 1
    index: int = 0
    stack_size: int = 1
    fingerprint: str | None = None
    n_loaders: int = 0
