"""The interfaces of the parts that you can replace (strategy, executor, trainer), and the records for these parts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol, Self, TypeAlias

from lrsearch.errors import UsageError
from lrsearch.plans import FinalPlan, Plan
from lrsearch.records import Event, Point, Result, Stack, Task, Trial

if TYPE_CHECKING:
    from lrsearch.command import Program
    from lrsearch.plugins import Plugin
    from lrsearch.runs import Run
    from lrsearch.spec import Spec


class Answer(Enum):
    """The answer of a strategy that proposes no trial."""

    WAIT = "more results first"
    DONE = "nothing more to try"


class Strategy(Protocol):
    """Proposes the trials of a search, each with a learning rate."""

    @property
    def doing(self) -> str:
        """What the search does now and why, in one line; "" if the stages of the trials show this."""
        ...

    def ask(self) -> Trial | Answer:
        """Return the next trial; WAIT if more results are needed first; DONE to end the search.

        Trials are numbered from 0 without gaps.
        """
        ...

    def tell(self, result: Result) -> None:
        """Take a result. The search sends the results in the order of the trial numbers."""
        ...

    def may_continue(self, trial: Trial) -> bool:
        """Whether a later trial may continue this partial trial. If not, the checkpoint of this trial is removed."""
        ...


class Context(Protocol):
    """What the executor tells a trainer while the trainer trains a stack."""

    def should_stop(self) -> bool:
        """Whether to stop at the next step. Unfinished trials then get no Result."""
        ...

    @property
    def memory_share(self) -> float:
        """The share of a stack that may train at the same time, in (0, 1].

        The share is halved each time a worker dies, because a worker often dies when its stack needs too much memory.
        """
        ...


class Checkpoints(Protocol):
    """Saves and loads the states of unfinished trials."""

    def due(self) -> bool:
        """Whether the next checkpoint is due. Called at the end of an epoch."""
        ...

    @property
    def keeps_last(self) -> bool:
        """Whether to save the state after the last epoch of every trial too."""
        ...

    def save(self, entries: Iterable[tuple[Trial, bytes, Mapping[str, Any]]]) -> None:
        """Save a checkpoint of each trial: its tensors, and its state as JSON values."""
        ...

    def load(self, trial: Trial) -> Iterator[tuple[bytes, Mapping[str, Any]]]:
        """Yield the checkpoints of a trial, newest first; yield nothing if the trial must start at its first epoch."""
        ...


Trainer: TypeAlias = Callable[[Stack, Context], Iterator[Point | Result]]
"""Trains a stack. Yields a Point for each epoch of each trial, and a Result for each trial that ends."""

MakeTrainer: TypeAlias = Callable[[int], Trainer]
"""Builds a trainer in the process that will run it. Called with the number of the worker, from 0."""


@dataclass(frozen=True, slots=True)
class Given:
    """The user's own model, data or program, which replace parts of the spec.

    Attributes:
        model: Builds a new network, (B, C, H, W) -> (B, classes). Before each call, torch's random seed is set to the
            seed of the initial weights. None for `spec.model`.
        data: Arrays by name, at least `x_train` and `y_train`; None for `spec.data.dataset`.
        program: A program that trains in place of a network; None to train a network.
        plugins: The plugins that define what the spec names. Each worker process loads them.
        final: How to train the network to keep; None for a search.

    Raises:
        UsageError: The data are not a mapping.
    """

    model: Callable[[], Any] | None = None
    data: Mapping[str, Any] | None = None
    program: Program | None = None
    plugins: tuple[Plugin, ...] = ()
    final: FinalPlan | None = None

    def __post_init__(self) -> None:
        """Check the data."""
        if self.data is not None and not isinstance(self.data, Mapping):
            raise UsageError(f"data: expected a mapping with x_train and y_train, got {type(self.data).__name__}")

    @property
    def names(self) -> frozenset[str]:
        """The names of the parts that the user passed from Python: model, data."""
        return frozenset(name for name in ("model", "data") if getattr(self, name) is not None)

    def in_folder(self, path: Path) -> Given:
        """Return the same record for a run in a folder.

        The trials of a program get their own folders in this folder.
        """
        if self.program is None:
            return self
        return replace(self, program=replace(self.program, trials=str(path.absolute() / "trials")))


NOTHING_GIVEN = Given()


@dataclass(frozen=True, slots=True)
class Setup:
    """A spec prepared for this machine: what the function `prepare(spec, n_at_once)` of a trainer module returns.

    Attributes:
        spec: The spec, with the chosen values in place of `auto`: device, engine, executor, jobs and precision.
        task: What is trained.
        plan: The choices for this machine, with their reasons.
        most_jobs: Maximum number of workers that fit into the memory; None if the number is not known.
    """

    spec: Spec
    task: Task
    plan: Plan
    most_jobs: int | None = None


class Executor(Protocol):
    """Runs stacks of trials. Use it in a `with` block; when the block ends, all workers have ended."""

    @property
    def slots(self) -> int:
        """The number of stacks that run at the same time, >= 1. It changes when the nodes of a cluster change."""
        ...

    def submit(self, stack: Stack) -> None:
        """Take a stack, and run it as soon as a slot is free."""
        ...

    def events(self) -> Iterator[Event]:
        """Yield events until a stack has ended or the search must stop. Return at once if no stack is left."""
        ...

    def __enter__(self) -> Self:
        """Start the workers."""
        ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """End the workers."""
        ...


@dataclass(frozen=True)
class Listener:
    """Callbacks of a search.

    Attributes:
        started: Called before training, with the run so far and the number of planned trials.
        saw: Called with each event, after its result was recorded.
        download: Called while the bytes of a download arrive; see `lrsearch.data.Progress`.
        note: Called before training with a line of text for the user.
    """

    started: Callable[[Run, int], None] = lambda *_: None
    saw: Callable[[Event], None] = lambda *_: None
    download: Any = None
    note: Callable[[str], None] = lambda _: None


@dataclass(frozen=True)
class Limits:
    """Limits that end a search before it is complete.

    Attributes:
        max_seconds: Start no more trials after this time; None for no limit.
        stop: A switch that stops the search from outside; None for no switch.
    """

    max_seconds: float | None = None
    stop: Context | None = None

    def less(self, seconds: float) -> Limits:
        """Return the limits with `max_seconds` reduced by a number of seconds, but not below 0."""
        return self if self.max_seconds is None else replace(self, max_seconds=max(0.0, self.max_seconds - seconds))
