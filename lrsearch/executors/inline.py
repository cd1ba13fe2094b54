"""Runs one stack after another in the process of the search."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from types import TracebackType
from typing import Self

from lrsearch.executors.stack_run import run_stack
from lrsearch.interfaces import Context, MakeTrainer, Trainer
from lrsearch.plans import Plan
from lrsearch.records import Event, Stack


def make(make_trainer: MakeTrainer, context: Context, plan: Plan, *, timeout_seconds: float | None) -> InlineExecutor:  # noqa: ARG001  (the signature of all executors)
    """Build the executor, which has one slot and cannot end a training from outside."""
    return InlineExecutor(make_trainer, context)


class InlineExecutor:
    """Runs stacks in this process. The trainer is built when the first stack runs.

    Args:
        make: Builds the trainer; called with the worker's number, 0.
        context: The context that the trainer polls.
    """

    slots = 1

    def __init__(self, make: MakeTrainer, context: Context) -> None:
        """Start nothing yet."""
        self._make = make
        self._context = context
        self._train: Trainer | None = None
        self._queue: deque[Stack] = deque()

    def submit(self, stack: Stack) -> None:
        """Queue a stack; `events` runs it."""
        self._queue.append(stack)

    def events(self) -> Iterator[Event]:
        """Run the oldest stack and yield its points and results."""
        if not self._queue:
            return
        if self._train is None:
            self._train = self._make(0)
        yield from run_stack(self._train, self._queue.popleft(), self._context)

    def __enter__(self) -> Self:
        """Start nothing."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """End nothing."""
