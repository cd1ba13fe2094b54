"""The main path of a search: ask -> submit -> record -> tell.

A resume takes the same path: the strategy is told the results that are known, and only the other trials are trained.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import groupby

from lrsearch.errors import TooManyFaults
from lrsearch.interfaces import Answer, Executor, Strategy
from lrsearch.records import Event, Lost, Point, Result, Stack, Started, Trial, TrialKey

FAULTS_IN_A_ROW = 3
"""The search ends after so many faults of the machine or the code in a row."""


def search(
    strategy: Strategy,
    executor: Executor,
    *,
    known: Mapping[TrialKey, Result],
    record: Callable[[Result], None],
    may_ask: Callable[[], bool],
    should_stop: Callable[[], bool],
    observe: Callable[[Event], None] = lambda *_: None,
    stack_size: int | Mapping[str, int] = 1,
) -> bool:
    """Run a strategy to its end, or until it is stopped.

    Args:
        strategy: Which rate next; it is told results in the order of trial numbers.
        executor: Where stacks run.
        known: Results of an earlier session, by `Trial.key`; the strategy is told them, and they are not trained again.
        record: Called with each new result, before the strategy and the observer.
        may_ask: Whether new trials may still start (a time limit).
        should_stop: Whether to stop at once, without the results of the trials that are running.
        observe: Called with every event, after it was recorded.
        stack_size: Most trials in one stack, by arm, or one number for all arms.

    Returns:
        Whether the search is complete: every trial that the strategy asked for has a result.

    Raises:
        TooManyFaults: `FAULTS_IN_A_ROW` results in a row were faults, so that the learning rate is not the cause.
    """
    load, n_faults = _Load(stack_size, executor.slots), 0
    asker = _Asker(strategy, known, load)
    last_fault: Result | None = None
    with executor:
        while not should_stop():
            for stack in stacks(asker.ask(may_ask), load.size_of):
                executor.submit(stack)
            if load.is_empty:
                break
            for event in executor.events():
                for result in _results(event):
                    record(result)
                    asker.tell(result)
                    load.remove(result.trial)
                    n_faults = 0 if result.is_final else n_faults + 1
                    last_fault = result if n_faults else last_fault
                observe(event)
            if n_faults >= FAULTS_IN_A_ROW and last_fault is not None:
                raise TooManyFaults(
                    f"{n_faults} trials in a row ended in a fault of the machine or the code, the last in "
                    f"{last_fault.state}: {last_fault.message}"
                )
    return asker.is_done and load.is_empty


class _Asker:
    """Asks the strategy for trials while there is room for them; tells it at once each result that is known."""

    def __init__(self, strategy: Strategy, known: Mapping[TrialKey, Result], load: _Load) -> None:
        self._strategy, self._known, self._load = strategy, known, load
        self._inbox = _Inbox(strategy)
        self._held: Trial | None = None  # asked for, but it would begin a stack for which there was no slot
        self.is_done = False

    def ask(self, may_ask: Callable[[], bool]) -> list[Trial]:
        """Trials to train now, in order."""
        fresh: list[Trial] = []
        while self._load.has_room and may_ask():
            answer, self._held = self._held or self._strategy.ask(), None
            self.is_done = answer is Answer.DONE
            if isinstance(answer, Answer):
                break
            if (result := self._known.get(answer.key)) is not None:
                self.tell(replace(result, trial=answer))
            elif self._load.add(answer):
                fresh.append(answer)
            else:
                self._held = answer
                break
        return fresh

    def tell(self, result: Result) -> None:
        """Take a result, which the strategy is told in its order."""
        self._inbox.put(result)


class _Load:
    """The trials in flight, counted in stacks: the trials of an arm fill one stack after another."""

    def __init__(self, stack_size: int | Mapping[str, int], slots: int) -> None:
        self._stack_size, self._slots = stack_size, slots
        self._n_trials: Counter[str] = Counter()
        self._arm = ""  # of the trial that was added last

    def size_of(self, arm: str) -> int:
        return self._stack_size if isinstance(self._stack_size, int) else self._stack_size[arm]

    @property
    def is_empty(self) -> bool:
        return not self._n_trials.total()

    @property
    def has_room(self) -> bool:
        """Whether there is a free slot, or a free place in the newest stack."""
        n_stacks, n_last = self._n_stacks(), self._n_trials[self._arm]
        if n_stacks < self._slots:
            return True
        return n_stacks == self._slots and n_last > 0 and n_last % self.size_of(self._arm) > 0

    def add(self, trial: Trial) -> bool:
        """Add a trial; False if it would begin a stack for which there is no slot."""
        self._n_trials[trial.arm] += 1
        if self._n_stacks() > self._slots:
            self._n_trials[trial.arm] -= 1
            return False
        self._arm = trial.arm
        return True

    def remove(self, trial: Trial) -> None:
        """Remove a trial, which has a result."""
        self._n_trials[trial.arm] -= 1

    def _n_stacks(self) -> int:
        return sum(math.ceil(n / self.size_of(arm)) for arm, n in self._n_trials.items())


class _Inbox:
    """Hands results to the strategy in the order of trial numbers, whatever the order in which they arrive."""

    def __init__(self, strategy: Strategy) -> None:
        self._strategy = strategy
        self._early: dict[int, Result] = {}
        self._next = 0

    def put(self, result: Result) -> None:
        self._early[result.trial.number] = result
        while self._next in self._early:
            self._strategy.tell(self._early.pop(self._next))
            self._next += 1


def _results(event: Event) -> Iterator[Result]:
    match event:
        case Result():
            yield event
        case Lost(trials=trials, reason=reason, is_final=True):
            yield from (Result(trial=trial, state="killed", message=reason) for trial in trials)
        case Started() | Point() | Lost():
            return


def stacks(trials: Iterable[Trial], size_of: Callable[[str], int]) -> Iterator[Stack]:
    """Cut trials, in order, into stacks that differ in nothing but rate and repeat.

    Args:
        trials: The trials.
        size_of: Most trials in one stack, from the name of the arm.
    """

    def alike(trial: Trial) -> tuple[object, ...]:
        return (trial.arm, sorted(trial.overrides.items()), trial.horizon, trial.until)

    for _, group in groupby(trials, key=alike):
        members = list(group)
        size = size_of(members[0].arm)
        for start in range(0, len(members), size):
            yield tuple(members[start : start + size])
