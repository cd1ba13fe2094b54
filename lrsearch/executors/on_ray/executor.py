"""Runs stacks in workers on the nodes of a Ray cluster. Each worker opens the data once, as a worker process does.

A worker that dies with its node, or alone, costs each of its trials one of `ATTEMPTS` tries. Workers are started as
nodes come, up to as many as fit; only a worker that runs gets a stack.
"""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from lrsearch.errors import TooManyFaults, UsageError
from lrsearch.executors.on_ray.capacity import Reserved, fit, in_words
from lrsearch.executors.on_ray.cluster import Cluster, connected, differences, versions
from lrsearch.executors.on_ray.sending import Sent
from lrsearch.executors.on_ray.worker import Done, Hello, Message, Ready, Worker
from lrsearch.executors.processes import ATTEMPTS
from lrsearch.interfaces import Context, MakeTrainer
from lrsearch.plans import Plan
from lrsearch.records import Doing, Event, Lost, Result, Stack, Trial
from lrsearch.wording import one_line

_LOOK_SECONDS = 0.1  # between two checks whether to stop
_END_SECONDS = 10.0  # time for workers to reach their next step when told to stop
_START_SECONDS = 60.0  # added to the limit of a worker's first stack: it imports its libraries and opens the data
_SILENT_SECONDS = 10.0  # how long no worker may run before the user is told what the search waits for
_MOST_FAILED_STARTS = 3  # in a row


@dataclass(eq=False)
class _Worker:
    actor: Any  # a handle of Ray
    waits_for: Any = None  # the answer that the worker owes; None if it is idle
    node: str = ""  # identity of its node; "" until the worker runs
    host: str = ""
    is_refused: bool = False  # it has other versions; it keeps its place on its node, so that no other one starts there
    unfinished: dict[int, Trial] = field(default_factory=dict)
    since: float = 0.0  # when it got its stack, or was ready to train its first one
    is_ready: bool = False  # whether it has built its trainer
    is_late: bool = False  # whether it was ended because the stack took too long

    @property
    def is_idle(self) -> bool:
        return bool(self.node) and self.waits_for is None and not self.is_refused

    @property
    def is_starting(self) -> bool:
        return not self.node

    @property
    def is_busy(self) -> bool:
        return bool(self.node) and self.waits_for is not None


def make(make_trainer: MakeTrainer, context: Context, plan: Plan, *, timeout_seconds: float | None) -> RayExecutor:
    """Build the executor for the cluster that the plan was made on."""
    cluster = connected()
    return RayExecutor(make_trainer, context, plan, cluster, cluster.sent, timeout_seconds=timeout_seconds)


class RayExecutor:
    """Runs stacks in workers on the nodes of a cluster.

    Args:
        make: Builds the trainer in each worker; picklable; called with 0.
        context: Says whether to stop.
        plan: How many jobs run at the same time, and what the cluster reserves for each.
        cluster: The cluster.
        sent: Files that workers need.
        timeout_seconds: The longest time that a worker may take for a stack, without the time for its start; the worker
            is then killed. None for no limit.
    """

    def __init__(
        self,
        make: MakeTrainer,
        context: Context,
        plan: Plan,
        cluster: Cluster,
        sent: Sent,
        *,
        timeout_seconds: float | None = None,
    ) -> None:
        """Start nothing yet."""
        self._context, self._plan, self._cluster = context, plan, cluster
        self._timeout_seconds = timeout_seconds
        self._reserved = Reserved(
            plan.num_cpus.value if plan.num_cpus else 1, plan.num_gpus.value if plan.num_gpus else 0.0
        )
        self._make, self._sent = make, sent
        self._to_workers: tuple[Any, Any] | None = None  # `make` and `sent` in Ray's store, sent once to each node
        self._workers: list[_Worker] = []
        self._queue: deque[Stack] = deque()
        self._attempts: Counter[int] = Counter()
        self._n_failed_starts = 0
        self._silent_since = time.monotonic()
        self._has_said_waiting = False

    @property
    def slots(self) -> int:
        """The number of stacks that fit on the nodes that are alive now, or the number of jobs that the user set."""
        if not self._plan.jobs.is_auto:
            return self._plan.jobs.value
        n_refused = sum(worker.is_refused for worker in self._workers)
        return max(1, fit(self._cluster.nodes(), self._reserved) - n_refused)

    def submit(self, stack: Stack) -> None:
        """Queue a stack. It starts at once if a worker is idle."""
        self._queue.append(stack)
        self._hand_out()

    def events(self) -> Iterator[Event]:
        """Yield events until one stack has ended. After a stop, yield events until all stacks have ended."""
        import ray

        n_left = self._n_left()
        deadline = None
        while self._n_left() and (deadline is not None or self._n_left() >= n_left):
            if deadline is None and self._context.should_stop():
                deadline = time.monotonic() + _END_SECONDS
                self._queue.clear()
                for worker in self._busy():
                    worker.actor.stop.remote()
                continue
            if deadline is not None and time.monotonic() > deadline:
                return
            self._end_late_workers()
            self._hand_out()
            waiting = {worker.waits_for: worker for worker in self._workers if worker.waits_for is not None}
            if not waiting:
                time.sleep(_LOOK_SECONDS)
                continue
            answered, _ = ray.wait(list(waiting), num_returns=1, timeout=_LOOK_SECONDS)
            if answered:
                answered, _ = ray.wait(list(waiting), num_returns=len(waiting), timeout=0)
            for reference in answered:
                yield from self._receive(waiting[reference], stopping=deadline is not None)
            yield from self._say_waiting()

    def _receive(self, worker: _Worker, *, stopping: bool) -> Iterator[Event]:
        import ray

        try:
            answer: Hello | list[Message] = ray.get(worker.waits_for)
        except ray.exceptions.RayError as error:
            yield from self._bury(worker, error, stopping=stopping)
            return
        worker.waits_for = None
        if isinstance(answer, Hello):
            yield from self._welcome(worker, answer)
            return
        is_done = False
        for message in answer:
            if isinstance(message, UsageError):
                raise type(message)(*message.args[:-1], f"{message.args[-1]} (on node {one_line(worker.host)})")
            if isinstance(message, Ready):
                worker.is_ready, worker.since = True, time.monotonic()
            elif isinstance(message, Done):
                is_done = True
            else:
                if isinstance(message, Result):
                    worker.unfinished.pop(message.trial.number, None)
                yield message
        if is_done:
            worker.unfinished.clear()
            self._hand_out()
        else:
            worker.waits_for = worker.actor.messages.remote()

    def _welcome(self, worker: _Worker, hello: Hello) -> Iterator[Event]:
        """Use a worker that has started, unless its node has other versions than this machine."""
        self._n_failed_starts = 0
        worker.node, worker.host = hello.node, hello.host
        if hello.node not in self._cluster.checked and (found := differences(hello.versions, versions())):
            worker.is_refused = True
            yield Doing(text=f"node {one_line(hello.host)} is not used, because it has {', '.join(found)}")
        else:
            self._cluster.checked.add(hello.node)
        self._hand_out()

    def _bury(self, worker: _Worker, error: Exception, *, stopping: bool) -> Iterator[Event]:
        """Remove a worker that died, and queue its trials once more."""
        import ray

        self._workers.remove(worker)
        if worker.is_starting:
            self._n_failed_starts += 1
            if self._n_failed_starts >= _MOST_FAILED_STARTS:
                raise TooManyFaults(f"no worker can be started on the cluster: {_last_line(error)}") from None
            return
        trials = tuple(worker.unfinished.values())
        if not trials or stopping:
            return
        self._attempts.update(worker.unfinished.keys())
        again = tuple(trial for trial in trials if self._attempts[trial.number] < ATTEMPTS)
        lost = tuple(trial for trial in trials if trial not in again)
        how = self._how(worker, error)
        if again:
            self._queue.appendleft(again)
            yield Lost(trials=again, reason=f"a worker {how}; trying again", is_final=False)
        if lost and isinstance(error, ray.exceptions.OutOfMemoryError):
            message = f"a worker {how} in its last of {ATTEMPTS} attempts; take a smaller data.batch_size"
            yield from (Result(trial=trial, state="oom", message=message) for trial in lost)
        elif lost:
            yield Lost(trials=lost, reason=f"a worker {how} in its last of {ATTEMPTS} attempts")
        self._hand_out()

    def _how(self, worker: _Worker, error: Exception) -> str:
        """Describe how a worker died."""
        import ray

        if worker.is_late:
            return f"took longer than run.trial_timeout ({self._timeout_seconds:g} s)"
        if isinstance(error, ray.exceptions.OutOfMemoryError):
            return f"was ended by Ray, because the memory of node {one_line(worker.host)} was full"
        alive = {node.identity for node in self._cluster.nodes(fresh=True)}
        if worker.node not in alive:
            return f"was lost with its node {one_line(worker.host)}"
        return f"died on node {one_line(worker.host)}"

    def _end_late_workers(self) -> None:
        """Kill the workers that take too long."""
        if self._timeout_seconds is None:
            return
        for worker in self._busy():
            limit = self._timeout_seconds + (0.0 if worker.is_ready else _START_SECONDS)
            if not worker.is_late and time.monotonic() - worker.since > limit:
                worker.is_late = True
                _kill(worker)

    def _say_waiting(self) -> Iterator[Event]:
        """Tell the user, once, that the cluster has had no place for a worker for a while."""
        if any(worker.node and not worker.is_refused for worker in self._workers):
            self._silent_since, self._has_said_waiting = time.monotonic(), False
        elif not self._has_said_waiting and time.monotonic() - self._silent_since > _SILENT_SECONDS:
            self._has_said_waiting = True
            nodes = in_words(self._cluster.nodes())
            yield Doing(text=f"waiting for a place on the cluster ({nodes}); a job takes {self._reserved}")

    def _busy(self) -> list[_Worker]:
        return [worker for worker in self._workers if worker.is_busy]

    def _n_left(self) -> int:
        return len(self._queue) + len(self._busy())

    def _hand_out(self) -> None:
        """Give stacks to idle workers, and start a worker for each further stack if it fits."""
        if not self._queue:
            return
        idle = [worker for worker in self._workers if worker.is_idle]
        if idle:
            alive = {node.identity for node in self._cluster.nodes()}
            for worker in idle:
                if not self._queue:
                    return
                if worker.node in alive or worker.node not in self._cluster.checked:
                    self._send(worker, self._queue.popleft())
                else:
                    self._workers.remove(worker)  # its node has gone
        n_starting = sum(worker.is_starting for worker in self._workers)
        n_used = sum(not worker.is_refused for worker in self._workers)
        for _ in range(min(len(self._queue) - n_starting, self.slots - n_used)):
            self._start()

    def _send(self, worker: _Worker, stack: Stack) -> None:
        worker.unfinished = {trial.number: trial for trial in stack}
        worker.since = time.monotonic()
        n_deaths = max(self._attempts[trial.number] for trial in stack)
        worker.waits_for = worker.actor.train.remote(stack, 0.5**n_deaths)  # it may have died from lack of memory

    def _start(self) -> None:
        import ray

        if self._to_workers is None:
            self._to_workers = ray.put(self._make), ray.put(self._sent)
        options = {"num_cpus": self._reserved.cpus, "num_gpus": self._reserved.gpus, **self._cluster.options}
        # Two calls at a time: one that waits for messages, and `stop`.
        start: Any = ray.remote(Worker).options(max_concurrency=2, max_restarts=0, **options)
        actor = start.remote(*self._to_workers)
        self._workers.append(_Worker(actor, actor.hello.remote()))

    def __enter__(self) -> Self:
        """Start nothing yet: a worker is started when a stack finds no idle worker."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """End the workers, also busy ones in the middle of a step."""
        for worker in self._workers:
            _kill(worker)
        self._workers.clear()


def _kill(worker: _Worker) -> None:
    import ray

    ray.kill(worker.actor, no_restart=True)


def _last_line(error: Exception) -> str:
    """Return what an error of Ray says at the end of its traceback."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return one_line(lines[-1]) if lines else type(error).__name__
