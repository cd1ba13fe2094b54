"""Runs stacks in worker processes. Each worker opens the data once, and trains one stack after another.

If a worker dies, its stack is tried once more in a new worker. A worker ends when the pipe from the main process
closes, so that no worker outlives a main process that was killed.
"""

from __future__ import annotations

import os
import queue
import signal
import threading
import time
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from types import TracebackType
from typing import Any, Self

from lrsearch.errors import UsageError
from lrsearch.executors.fork_server import UNGUARDED, WORKER_NAME, start_method, start_process
from lrsearch.executors.stack_run import run_stack
from lrsearch.executors.stop_switch import StopSwitch
from lrsearch.interfaces import Context, MakeTrainer, Trainer
from lrsearch.plans import Plan
from lrsearch.records import Event, Lost, Result, Stack, Trial

ATTEMPTS = 2
"""How many times a worker tries a trial before the result of the trial is `killed`."""

_LOOK_SECONDS = 0.1  # between two checks whether to stop
_END_SECONDS = 10.0  # time for workers to reach their next step when told to stop
_START_SECONDS = 60.0  # added to the limit of a worker's first stack: it imports its libraries and opens the data


class _Ready:
    """A worker sends this message when the worker has built its trainer."""


@dataclass
class _Worker:
    process: Any  # a process of the context's kind
    pipe: Connection
    unfinished: dict[int, Trial] = field(default_factory=dict)
    is_busy: bool = False  # from when a stack is sent until the worker reports that it is done
    since: float = 0.0  # when it got its stack, or was ready to train its first one
    is_ready: bool = False  # whether it has built its trainer
    is_late: bool = False  # whether it was ended because the stack took too long


@dataclass(frozen=True)
class _WorkerContext:
    """The context of a trainer in a worker."""

    stop: StopSwitch
    memory_share: float

    def should_stop(self) -> bool:
        return self.stop.should_stop()


def make(make_trainer: MakeTrainer, context: Context, plan: Plan, *, timeout_seconds: float | None) -> ProcessExecutor:
    """Build the executor; see `ProcessExecutor`."""
    return ProcessExecutor(make_trainer, context, plan.jobs.value, timeout_seconds=timeout_seconds)


class ProcessExecutor:
    """Runs stacks in worker processes.

    Args:
        make: Builds the trainer in each worker; picklable; called with the worker's number.
        context: Says whether to stop.
        slots: Number of workers.
        timeout_seconds: The longest time that a worker may take for a stack, without the time for its start; the worker
            is then killed. None for no limit.
    """

    def __init__(
        self, make: MakeTrainer, context: Context, slots: int, *, timeout_seconds: float | None = None
    ) -> None:
        """Start nothing yet."""
        self.slots = slots
        self._timeout_seconds = timeout_seconds
        self._make, self._context = make, context
        self._workers: list[_Worker] = []
        self._queue: deque[Stack] = deque()
        self._attempts: Counter[int] = Counter()
        self._n_started = 0

    def submit(self, stack: Stack) -> None:
        """Queue a stack. It starts at once if a worker is idle or can be started."""
        self._queue.append(stack)
        self._hand_out()

    def events(self) -> Iterator[Event]:
        """Yield events until one stack has ended. After a stop, yield events until all stacks have ended."""
        n_left = self._n_left()
        deadline = None
        while self._busy() and (deadline is not None or self._n_left() >= n_left):
            if deadline is None and self._context.should_stop():
                deadline = time.monotonic() + _END_SECONDS
                self._queue.clear()
                for worker in self._busy():
                    _send(worker, None)
            if deadline is not None and time.monotonic() > deadline:
                return
            self._end_late_workers()
            ready = wait([worker.pipe for worker in self._workers], timeout=_LOOK_SECONDS)
            for worker in [worker for worker in self._workers if worker.pipe in ready]:
                yield from self._receive(worker, stopping=deadline is not None)

    def _end_late_workers(self) -> None:
        """Kill the workers that take too long. This closes their pipes."""
        if self._timeout_seconds is None:
            return
        for worker in self._busy():
            limit = self._timeout_seconds + (0.0 if worker.is_ready else _START_SECONDS)
            if not worker.is_late and time.monotonic() - worker.since > limit:
                worker.is_late = True
                worker.process.kill()

    def _receive(self, worker: _Worker, *, stopping: bool) -> Iterator[Event]:
        try:
            event = worker.pipe.recv()
        except (EOFError, OSError):
            yield from self._bury(worker, stopping=stopping)
            return
        if isinstance(event, UsageError):
            raise event
        if isinstance(event, _Ready):
            worker.is_ready, worker.since = True, time.monotonic()
            return
        if event is None:
            worker.unfinished.clear()
            worker.is_busy = False
            self._hand_out()
            return
        if isinstance(event, Result):
            worker.unfinished.pop(event.trial.number, None)
        yield event

    def _bury(self, worker: _Worker, *, stopping: bool) -> Iterator[Lost]:
        """Remove a worker that died, and queue its trials once more."""
        worker.process.join(_END_SECONDS)
        worker.pipe.close()
        self._workers.remove(worker)
        if worker.process.exitcode == UNGUARDED:
            raise UsageError(
                'your script calls lrsearch outside of `if __name__ == "__main__":`, so each worker process '
                "would start the search again; put the call below that line, or set run.executor to inline"
            ) from None
        trials = tuple(worker.unfinished.values())
        if trials and not stopping:
            how = self._how(worker)
            self._attempts.update(worker.unfinished.keys())
            again = tuple(trial for trial in trials if self._attempts[trial.number] < ATTEMPTS)
            lost = tuple(trial for trial in trials if trial not in again)
            if again:
                self._queue.appendleft(again)
                yield Lost(trials=again, reason=f"a worker {how}; trying again", is_final=False)
            if lost:
                yield Lost(trials=lost, reason=f"a worker {how} in each of {ATTEMPTS} attempts")
        self._hand_out()

    def _how(self, worker: _Worker) -> str:
        """Describe how a worker died."""
        if worker.is_late:
            return f"took longer than run.trial_timeout ({self._timeout_seconds:g} s)"
        code = worker.process.exitcode or 0
        return f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"

    def _busy(self) -> list[_Worker]:
        return [worker for worker in self._workers if worker.is_busy]

    def _n_left(self) -> int:
        return len(self._queue) + len(self._busy())

    def _hand_out(self) -> None:
        while self._queue:
            idle = next((worker for worker in self._workers if not worker.is_busy), None)
            if idle is None:
                if len(self._workers) >= self.slots:
                    return
                idle = self._start()
            stack = self._queue.popleft()
            idle.unfinished, idle.is_busy = {trial.number: trial for trial in stack}, True
            idle.since = time.monotonic()
            n_deaths = max(self._attempts[trial.number] for trial in stack)
            _send(idle, (stack, 0.5**n_deaths))  # the worker may have died from lack of memory

    def _start(self) -> _Worker:
        ours, theirs = start_method().Pipe()
        number, self._n_started = self._n_started % self.slots, self._n_started + 1
        process = start_process(_work, (theirs, self._make, number), name=f"{WORKER_NAME} {number}")
        theirs.close()  # so that the pipe closes with the worker
        worker = _Worker(process, ours)
        self._workers.append(worker)
        return worker

    def __enter__(self) -> Self:
        """Start nothing yet: a worker is started when a stack finds no idle worker."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """End the workers, also busy ones in the middle of a step."""
        for worker in self._workers:
            worker.pipe.close()
        for worker in self._workers:
            worker.process.join(1.0)
            if worker.process.is_alive():
                worker.process.kill()
                worker.process.join()
        self._workers.clear()


def _send(worker: _Worker, message: tuple[Stack, float] | None) -> None:
    try:
        worker.pipe.send(message)
    except OSError:
        return  # the worker has died: the next read of its pipe shows it


def _work(pipe: Connection, make: MakeTrainer, number: int) -> None:
    """Run in a worker: train stacks as they arrive, until the pipe closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C signals the whole process group; the main process decides
    stop = StopSwitch()
    stacks: queue.SimpleQueue[tuple[Stack, float]] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(pipe, stacks, stop), daemon=True).start()
    train: Trainer | None = None
    while True:
        stack, memory_share = stacks.get()

        def train_stack(stack: Stack, context: Context) -> Iterator[Any]:
            nonlocal train
            if train is None:
                train = make(number)
                pipe.send(_Ready())
            yield from train(stack, context)

        try:
            try:
                for event in run_stack(train_stack, stack, _WorkerContext(stop, memory_share)):
                    pipe.send(event)
            except UsageError as error:
                pipe.send(error)
            pipe.send(None)
        except BrokenPipeError:  # the main process has ended
            os._exit(0)


def _listen(pipe: Connection, stacks: queue.SimpleQueue[tuple[Stack, float]], stop: StopSwitch) -> None:
    """Receive stacks with their memory share from the main process, or None to stop. Exit when that process ends."""
    while True:
        try:
            message = pipe.recv()
        except (EOFError, OSError):
            os._exit(0)
        if message is None:
            stop.stop()
        else:
            stacks.put(message)
