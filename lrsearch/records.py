"""The facts that travel between rooms: trials, epochs, results. Frozen, plain, picklable."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Generic, Literal, TypeAlias, TypeVar

State: TypeAlias = Literal["ok", "diverged", "pruned", "failed", "oom", "killed"]

FINAL_STATES: frozenset[str] = frozenset({"ok", "diverged", "pruned"})
"""States that a resume leaves alone. The others are faults of the machine or the code, and are tried once more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One training: a learning rate, a seed, and how far to go.

    Attributes:
        number: Position in the search, from 0; results are told in this order.
        proposal: The proposed rate that this trial belongs to; its repeats share it.
        lr: The learning rate, > 0: the peak, where a schedule moves it.
        repeat: Which seed, from 0. Two trials with one repeat see the same weights and batches.
        horizon: Epochs that the schedule is laid over, >= 1.
        until: Epochs to train to now; equal to the horizon but in successive halving.
        arm: Name of the arm; "" if the spec has none.
        overrides: Spec keys that this trial changes, by dotted path.
        stage: The stage of the search: "" for the search itself, or extend, refine, confirm.
    """

    number: int
    proposal: int
    lr: float
    horizon: int
    until: int
    repeat: int = 0
    arm: str = ""
    overrides: Mapping[str, object] = field(default_factory=dict)
    stage: str = ""

    @property
    def key(self) -> TrialKey:
        """Equal for two trials that are the same training, whenever they were proposed."""
        return (self.arm, self.lr, self.repeat, self.until)


TrialKey: TypeAlias = tuple[str, float, int, int]

RAMP = "ramp"
"""Stage of the trials of a range test whose rate rises from step to step."""

STEP_METRICS = {
    "grad_norm_p90": "90th percentile over the epoch's steps of the global gradient norm, before clipping",
    "clipped_share": "share of the steps whose gradient was clipped, in [0, 1]",
    "grad_norm_first": "mean over steps of the gradient norm of the first layer's weights",
    "grad_norm_last": "the same of the last layer's",
    "grad_norm_ratio": "the first by the last: far below 1 where gradients vanish, far above where they explode",
    "weight_norm": "global norm of the parameters after the epoch",
    "update_ratio": "norm of the update by the norm of the parameters, at the step in the middle of the epoch",
}
"""Metrics that the built-in trainer records of each epoch beside the fields of a Point, with their meaning."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One epoch of one trial.

    Attributes:
        trial: Number of the trial.
        epoch: Epochs done, from 1.
        train_loss: Mean cross-entropy over the epoch's batches, in training mode, without label smoothing: comparable
            with the validation loss.
        train_accuracy: Share of training examples right, in [0, 1], in training mode.
        val_loss: Mean cross-entropy on the validation part.
        val_accuracy: Share of validation images right, in [0, 1].
        lr: Learning rate of the epoch's last step.
        grad_norm: Mean over the epoch's steps of the global gradient norm, before clipping.
        seconds: Wall time of the epoch, training and validation.
        metrics: Anything further, by name: those of `STEP_METRICS` from the built-in trainer.
    """

    trial: int
    epoch: int
    train_loss: float
    train_accuracy: float
    val_loss: float
    val_accuracy: float
    lr: float
    grad_norm: float
    seconds: float
    metrics: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """The result of one trial.

    Attributes:
        trial: The trial.
        state: ok, or why not. A diverged rate is a result; failed, oom and killed are faults.
        points: Its epochs, in order.
        score: Validation accuracy in [0, 1] at the scored epoch; None if there is none.
        scored_epoch: The epoch (from 1) whose weights would be kept; None without a score.
        learned: False when the run ended at chance level (see `analysis.learned`); None when not ok.
        seconds: Wall time of the trial.
        message: What happened, for people; "" when all went well.
        correct: One bit for each validation image at the scored epoch, packed by `numpy.packbits`; None without a
            score.
        ended: When it was recorded, in seconds since 1970; None if that is not known. Two results that differ in
            nothing else are equal.
    """

    trial: Trial
    state: State
    points: tuple[Point, ...] = ()
    score: float | None = None
    scored_epoch: int | None = None
    learned: bool | None = None
    seconds: float = 0.0
    message: str = ""
    correct: bytes | None = None
    ended: float | None = field(default=None, compare=False)

    @property
    def is_final(self) -> bool:
        """Whether a resume leaves this result alone."""
        return self.state in FINAL_STATES

    @property
    def is_candidate(self) -> bool:
        """Whether this result can be the best: it finished, and it learned."""
        return self.state == "ok" and self.learned is not False and self.score is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """An executor has begun to run a stack."""

    trials: tuple[Trial, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """Trials whose worker died before it answered for them; they are tried again, unless this `is_final`."""

    trials: tuple[Trial, ...]
    reason: str
    is_final: bool = True


Event: TypeAlias = Started | Point | Result | Lost
Stack: TypeAlias = tuple[Trial, ...]
"""Trials that train together; they differ in nothing but rate and repeat."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DataFacts:
    """Facts about the data of a search; they stand in `run.json`.

    Attributes:
        dataset: Name of the data set.
        shape: (channels, height, width) of an image.
        n_classes: Number of classes, >= 2.
        n_train: Training images, after the split and the subset.
        n_val: Validation images.
        majority: Share of the commonest training class among the validation labels, in (0, 1]: what a network that
            always says one thing scores.
        label_entropy: Entropy of the training labels in nats: the loss of a network that knows the class shares alone.
        fingerprint: Digest of the images, labels and split; a resume compares it.
    """

    dataset: str
    shape: tuple[int, int, int]
    n_classes: int
    n_train: int
    n_val: int
    majority: float
    label_entropy: float
    fingerprint: str


Value = TypeVar("Value", str, int)


@dataclass(frozen=True, slots=True)
class Decision(Generic[Value]):
    """One choice of a plan.

    Attributes:
        value: What was chosen.
        reason: Why, for people.
        is_auto: Whether a rule for `auto` chose it; False if the spec names it, or if there was no choice.
    """

    value: Value
    reason: str
    is_auto: bool = False


def auto(value: Value, reason: str) -> Decision[Value]:
    """A decision by a rule for `auto`.

    Args:
        value: What was chosen.
        reason: Why.

    Example:
        >>> auto("cpu", "no GPU found").reason
        'auto: no GPU found'
    """
    return Decision(value, f"auto: {reason}", is_auto=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How a search trains on this machine, each choice with its reason; the `decisions` of `run.json`.

    Attributes:
        device: A torch device name: cpu, cuda:0, mps.
        precision: fp32 or bf16.
        engine: single or population.
        executor: inline or processes.
        jobs: Worker processes, >= 1.
        stack: Trials that train as one stack, >= 2; 1 with the engine single.
        threads: Threads for one job's arithmetic on a CPU, >= 1.
        range: The learning rates that are searched, such as "0.0001 .. 1.0 log"; by `auto` where a range test found
            them. None before a strategy has been chosen.
    """

    device: Decision[str]
    precision: Decision[str]
    engine: Decision[str]
    executor: Decision[str]
    jobs: Decision[int]
    stack: Decision[int]
    threads: Decision[int]
    range: Decision[str] | None = None

    @property
    def decisions(self) -> dict[str, Decision[Any]]:
        """The decisions that were made, by name."""
        made = {each.name: getattr(self, each.name) for each in fields(self)}
        return {name: decision for name, decision in made.items() if decision is not None}

    def sharing_with(self, other: Plan) -> Plan:
        """This plan with the device, the executor and the jobs of another: all arms of a search share them."""
        return replace(self, device=other.device, executor=other.executor, jobs=other.jobs)


SHARED = ("device", "executor", "jobs")
"""The decisions of a plan that all arms of a search share."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """A worker, as a trainer is told of it when it is made.

    Attributes:
        device: A torch device name: cpu, cuda:0, mps.
        threads: Threads for one trial's arithmetic on a CPU, >= 1.
        index: Which worker, from 0.
        stack_size: Members of a population, >= 2; 1 for one trial at a time.
    """

    device: str = "cpu"
    threads: int = 1
    index: int = 0
    stack_size: int = 1
