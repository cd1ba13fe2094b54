"""Trials one batch at a time, in the process that searches."""

from __future__ import annotations

import traceback
from collections import deque
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Self

from lrsearch.records import Batch, Event, Result, Started
from lrsearch.seams import Context, Trainer


class InlineExecutor:
    """Runs each batch where it stands. The trainer is made when the first batch runs.

    Args:
        make: Builds the trainer.
        context: What the trainer may ask.
    """

    slots = 1

    def __init__(self, make: Callable[[], Trainer], context: Context) -> None:
        """Start nothing yet."""
        self._make = make
        self._context = context
        self._train: Trainer | None = None
        self._queue: deque[Batch] = deque()

    def submit(self, batch: Batch) -> None:
        """Take a batch, to be run by `events`."""
        self._queue.append(batch)

    def events(self) -> Iterator[Event]:
        """Run the oldest batch and yield its points and results; a trial that raises is `failed`, with its message."""
        if not self._queue:
            return
        if self._train is None:
            self._train = self._make()
        batch = self._queue.popleft()
        yield Started(trials=batch)
        unfinished = {trial.number: trial for trial in batch}
        try:
            for event in self._train(batch, self._context):
                if isinstance(event, Result):
                    del unfinished[event.trial.number]
                yield event
        except Exception as error:  # noqa: BLE001  (whatever a trial raises is that trial's result)
            message = f"{type(error).__name__}: {error}"
            place = traceback.extract_tb(error.__traceback__)[-1]
            for trial in unfinished.values():
                yield Result(trial=trial, state="failed", message=f"{message} ({place.name}, line {place.lineno})")

    def __enter__(self) -> Self:
        """Nothing to start."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Nothing to end."""
