"""The interfaces of the parts that can be exchanged: strategy, executor, trainer; and the records that they take."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from enum import Enum
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol, Self, TypeAlias

from lrsearch.errors import UsageError
from lrsearch.records import DataFacts, Event, Plan, Point, Result, Stack, Trial

if TYPE_CHECKING:
    from lrsearch.runs import Run
    from lrsearch.spec import Spec


class Answer(Enum):
    """The answer of a strategy that proposes no trial."""

    WAIT = "more results first"
    DONE = "nothing more to try"


class Strategy(Protocol):
    """Proposes the learning rates."""

    def ask(self) -> Trial | Answer:
        """Return the next trial, numbered from 0 without gaps; or WAIT, or DONE."""
        ...

    def tell(self, result: Result) -> None:
        """Take a result; results come in the order of trial numbers."""
        ...


class Context(Protocol):
    """What a trainer can ask about the place where it runs."""

    def should_stop(self) -> bool:
        """Whether to stop at the next step, without a Result for trials that are not finished."""
        ...

    @property
    def memory_share(self) -> float:
        """Share of the planned stack that may train at once, in (0, 1]; halved each time a worker died with it."""
        ...


class Checkpoints(Protocol):
    """Keeps the states of trials that are not finished."""

    def due(self) -> bool:
        """Whether it is time for the next checkpoint; asked at the end of an epoch."""
        ...

    def save(self, entries: Iterable[tuple[Trial, bytes, Mapping[str, Any]]]) -> None:
        """Keep the tensors and the state (JSON values) of each trial, in place of its earlier ones."""
        ...

    def load(self, trial: Trial) -> Iterator[tuple[bytes, Mapping[str, Any]]]:
        """The checkpoints of a trial, the newest first; none if it has to begin with the first epoch."""
        ...


Trainer: TypeAlias = Callable[[Stack, Context], Iterator[Point | Result]]
"""Trains a stack: yields a Point for each epoch of each trial, and a Result for each trial that ends."""

MakeTrainer: TypeAlias = Callable[[int], Trainer]
"""Builds a trainer in the process that will run it; called with the worker's number, from 0."""


@dataclass(frozen=True, slots=True)
class Given:
    """What you give from Python in place of parts of the spec.

    Attributes:
        model: Builds a fresh network, (B, C, H, W) -> (B, classes), under the seed of the weights; None for
            `spec.model`.
        data: Arrays by name, x_train and y_train at least; None for `spec.data.dataset`.

    Raises:
        UsageError: The data are no mapping.
    """

    model: Callable[[], Any] | None = None
    data: Mapping[str, Any] | None = None

    def __post_init__(self) -> None:
        """Check the data."""
        if self.data is not None and not isinstance(self.data, Mapping):
            raise UsageError(f"data: expected a mapping with x_train and y_train, got {type(self.data).__name__}")

    @property
    def names(self) -> frozenset[str]:
        """What was given: model, data."""
        return frozenset(each.name for each in fields(self) if getattr(self, each.name) is not None)


NOTHING_GIVEN = Given()


@dataclass(frozen=True, slots=True)
class Setup:
    """A spec made ready for this machine, as `prepare(spec, n_at_once)` of a trainer module returns it.

    Attributes:
        spec: The spec with every `auto` resolved.
        facts: What is known of the data.
        plan: What was chosen and why.
        most_jobs: Most workers that the memory holds; None if no bound is known.
    """

    spec: Spec
    facts: DataFacts
    plan: Plan
    most_jobs: int | None = None


class Executor(Protocol):
    """Runs stacks of trials; knows nothing of networks. Leaving its context ends all that it started."""

    @property
    def slots(self) -> int:
        """How many stacks run at one time."""
        ...

    def submit(self, stack: Stack) -> None:
        """Take a stack; it runs as soon as there is a free slot."""
        ...

    def events(self) -> Iterator[Event]:
        """Yield events until one stack has ended, or `should_stop`; return at once when no stack is left."""
        ...

    def __enter__(self) -> Self:
        """Start workers."""
        ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """End workers."""
        ...


@dataclass(frozen=True)
class Listener:
    """Callbacks of a search.

    Attributes:
        started: Called before training, with the run so far and the number of planned trials.
        saw: Called with each event, after it was recorded.
        download: Told of the bytes of a download; see `lrsearch.data.Progress`.
        note: Called with a line for people, before training.
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
        stop: A switch that stops the search from outside.
    """

    max_seconds: float | None = None
    stop: Context | None = None

    def less(self, seconds: float) -> Limits:
        """The limits that are left after some seconds."""
        return self if self.max_seconds is None else replace(self, max_seconds=max(0.0, self.max_seconds - seconds))
