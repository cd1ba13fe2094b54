"""Where parts can be exchanged: what a strategy, an executor and a trainer must be able to do."""

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
    """What a strategy says when it proposes no trial."""

    WAIT = "more results first"
    DONE = "nothing more to try"


class Strategy(Protocol):
    """Which learning rate next."""

    def ask(self) -> Trial | Answer:
        """The next trial, numbered from 0 without gaps; or WAIT, or DONE."""
        ...

    def tell(self, result: Result) -> None:
        """Take a result; they come in the order of trial numbers."""
        ...


class Context(Protocol):
    """What a trainer may ask of where it runs."""

    def should_stop(self) -> bool:
        """Whether to give up at the next step, without a Result for what is not finished."""
        ...

    @property
    def memory_share(self) -> float:
        """What share of its planned memory a stack may take, in (0, 1]; halved each time a worker died over it."""
        ...


class Checkpoints(Protocol):
    """Where a trainer keeps how far its trials are."""

    def due(self) -> bool:
        """Whether it is time for the next; asked at the end of an epoch."""
        ...

    def save(self, entries: Iterable[tuple[Trial, bytes, Mapping[str, Any]]]) -> None:
        """Keep of each trial its tensors and its state, JSON values; replaces what was kept of it before."""
        ...

    def load(self, trial: Trial) -> Iterator[tuple[bytes, Mapping[str, Any]]]:
        """What is kept of a trial, the newest first; nothing where it is to begin at the beginning."""
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
    """A spec made ready for this machine: what a trainer module's `prepare(spec, n_at_once)` answers.

    Attributes:
        spec: The spec with every `auto` resolved.
        facts: What is known of the data.
        plan: What was chosen and why.
        most_jobs: Workers that the memory holds; None where no bound is known.
    """

    spec: Spec
    facts: DataFacts
    plan: Plan
    most_jobs: int | None = None


class Executor(Protocol):
    """Where stacks of trials run; knows nothing of networks. Leaving its context ends all that it started."""

    @property
    def slots(self) -> int:
        """How many stacks run at one time."""
        ...

    def submit(self, stack: Stack) -> None:
        """Take a stack; it runs as soon as there is a free slot."""
        ...

    def events(self) -> Iterator[Event]:
        """Yield what happens until some stack has ended, or `should_stop`; at once when none is left."""
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
    """What is called while a search goes on.

    Attributes:
        started: Called before training, with the run as it stands and the number of trials planned.
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
    """What ends a search before it is done.

    Attributes:
        max_seconds: Start no more trials after so long; None for no limit.
        stop: A switch that ends it from outside.
    """

    max_seconds: float | None = None
    stop: Context | None = None

    def less(self, seconds: float) -> Limits:
        """What is left of the limits after so many seconds."""
        return self if self.max_seconds is None else replace(self, max_seconds=max(0.0, self.max_seconds - seconds))
