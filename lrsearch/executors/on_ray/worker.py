"""A worker on a node: a Ray actor that trains one stack after another, and hands over the events when it is asked."""

from __future__ import annotations

import os
import queue
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

from lrsearch.errors import UsageError
from lrsearch.executors.on_ray.cluster import Versions, versions
from lrsearch.executors.on_ray.sending import Sent
from lrsearch.executors.stack_run import run_stack
from lrsearch.executors.stop_switch import StopSwitch
from lrsearch.interfaces import Context, MakeTrainer, Trainer
from lrsearch.records import Event, Stack

WAIT_SECONDS = 10.0
"""How long a worker waits for an event before it answers that there is none."""

GATHER_SECONDS = 0.1
"""How long a worker gathers events, so that short epochs do not make a message each."""


@dataclass(frozen=True, slots=True)
class Hello:
    """What a worker tells of itself when its process runs."""

    node: str
    host: str
    versions: Versions


@dataclass(frozen=True, slots=True)
class Ready:
    """The worker has built its trainer."""


@dataclass(frozen=True, slots=True)
class Done:
    """The worker has no more events of its stack."""


Message: TypeAlias = Event | Ready | Done | UsageError


@dataclass(frozen=True)
class _Context:
    """The context of a trainer in a worker."""

    stop: StopSwitch
    memory_share: float

    def should_stop(self) -> bool:
        return self.stop.should_stop()


class Worker:
    """Trains stacks in a thread of its own, so that the process can answer meanwhile. Ray makes an actor of this class.

    Args:
        make: Builds the trainer; called with 0, because Ray shows each process only the GPUs that it may use.
        sent: Files that the trainer needs.
    """

    def __init__(self, make: MakeTrainer, sent: Sent) -> None:
        """Start the thread."""
        sent.unpack()
        self._make = make
        self._train: Trainer | None = None
        self._stop = StopSwitch()
        self._stacks: queue.SimpleQueue[tuple[Stack, float]] = queue.SimpleQueue()
        self._messages: queue.SimpleQueue[Message] = queue.SimpleQueue()
        threading.Thread(target=self._work, daemon=True).start()

    def hello(self) -> Hello:
        """Say where this worker is, and which versions it has."""
        import ray

        return Hello(ray.get_runtime_context().get_node_id(), os.uname().nodename, versions())

    def train(self, stack: Stack, memory_share: float) -> list[Message]:
        """Begin to train a stack, and return the first messages as `messages` does."""
        self._stacks.put((stack, memory_share))
        return self.messages()

    def messages(self) -> list[Message]:
        """Return the new messages in order; none if nothing happens for a while. A stack ends with `Done`."""
        found: list[Message] = []
        until = time.monotonic() + WAIT_SECONDS
        while not (found and isinstance(found[-1], Done)) and (left := until - time.monotonic()) > 0:
            try:
                found.append(self._messages.get(timeout=left))
            except queue.Empty:
                break
            if len(found) == 1:
                until = min(until, time.monotonic() + GATHER_SECONDS)
        return found

    def stop(self) -> None:
        """Ask the trainer to end at its next step."""
        self._stop.stop()

    def _work(self) -> None:
        while True:
            stack, memory_share = self._stacks.get()
            try:
                for event in run_stack(self._train_stack, stack, _Context(self._stop, memory_share)):
                    self._messages.put(event)
            except UsageError as error:
                self._messages.put(error)
            self._messages.put(Done())

    def _train_stack(self, stack: Stack, context: Context) -> Iterator[Any]:
        if self._train is None:
            self._train = self._make(0)
            self._messages.put(Ready())
        yield from self._train(stack, context)
