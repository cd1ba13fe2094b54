"""The main loop of a search: ask -> submit -> record -> tell.

A resume runs the same loop. The strategy is told the known results, and only the other trials are trained.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import groupby

from lrsearch.command import in_short
from lrsearch.errors import TooManyFaults
from lrsearch.interfaces import Answer, Executor, Strategy
from lrsearch.records import Doing, Event, Lost, Point, Result, Stack, Started, Trial, TrialKey

FAULTS_IN_A_ROW = 3
"""The search ends after this many results in a row that are faults of the machine or the code."""


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
    may_fail_often: bool = False,
) -> bool:
    """Run a search until its strategy is done, or until it is stopped.

    Args:
        strategy: Proposes the trials. The strategy is told the results in the order of trial numbers.
        executor: Runs the stacks of trials.
        known: Results of earlier sessions, by `Trial.key`. The strategy is told these results, and their trials are not
            trained again.
        record: Called with each new result, before the strategy and the observer see it.
        may_ask: Returns whether new trials may still start; False after a time limit.
        should_stop: Returns whether to stop at once, without waiting for the running trials.
        observe: Called with every event, after its results were recorded.
        may_fail_often: Whether faults end the search only as long as no trial has succeeded. A program often fails at
            single rates.
        stack_size: Maximum number of trials in a stack: one number for all arms, or a number for each arm by name.

    Returns:
        Whether the search is complete: the strategy is done, and every trial has a result.

    Raises:
        TooManyFaults: The last `FAULTS_IN_A_ROW` results were all faults. A learning rate does not cause a fault, so
            further trials would probably fail too.
    """
    load, n_faults = _Load(stack_size, lambda: executor.slots), 0
    has_succeeded = any(result.state == "ok" for result in known.values())
    asker = _Asker(strategy, known, load)
    last_fault: Result | None = None
    doing = ""
    with executor:
        while not should_stop():
            asked = asker.ask(may_ask)
            if asked and (now := strategy.doing) not in {"", doing}:
                doing = now
                observe(Doing(text=doing))
            for stack in stacks(asked, load.size_of):
                executor.submit(stack)
            if load.is_empty:
                break
            for event in executor.events():
                for result in _results(event):
                    record(result)
                    asker.tell(result)
                    load.remove(result.trial)
                    n_faults = 0 if result.is_final else n_faults + 1
                    has_succeeded |= result.state == "ok"
                    last_fault = result if n_faults else last_fault
                observe(event)
            if may_fail_often and has_succeeded:
                continue
            if n_faults >= FAULTS_IN_A_ROW and last_fault is not None:
                raise TooManyFaults(
                    f"{n_faults} trials in a row ended in a fault of the machine or the code. The last one ended as "
                    f"{last_fault.state}: {in_short(last_fault.message)}"
                )
    return asker.is_done and load.is_empty


class _Asker:
    """Asks the strategy for trials while there is room for them.

    If the result of a trial is already known, the strategy gets this result, and the trial is not trained.
    """

    def __init__(self, strategy: Strategy, known: Mapping[TrialKey, Result], load: _Load) -> None:
        self._strategy, self._known, self._load = strategy, known, load
        self._inbox = _Inbox(strategy)
        self._held: Trial | None = None  # a trial that waits for a free slot: it would begin a new stack
        self.is_done = False

    def ask(self, may_ask: Callable[[], bool]) -> list[Trial]:
        """Return the trials to train now, in their order."""
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
        """Take a result. Tell the strategy this result after the results of all earlier trials."""
        self._inbox.put(result)


class _Load:
    """Counts the unfinished trials and the stacks that they fill. The trials of an arm fill one stack after another."""

    def __init__(self, stack_size: int | Mapping[str, int], slots: Callable[[], int]) -> None:
        self._stack_size, self._slots = stack_size, slots
        self._n_trials: Counter[str] = Counter()
        self._arm = ""  # the arm of the trial that was added last

    def size_of(self, arm: str) -> int:
        return self._stack_size if isinstance(self._stack_size, int) else self._stack_size[arm]

    @property
    def is_empty(self) -> bool:
        return not self._n_trials.total()

    @property
    def has_room(self) -> bool:
        """Whether there is a free slot, or room for one more trial in the newest stack."""
        n_stacks, n_last, slots = self._n_stacks(), self._n_trials[self._arm], self._slots()
        if n_stacks < slots:
            return True
        return n_stacks == slots and n_last > 0 and n_last % self.size_of(self._arm) > 0

    def add(self, trial: Trial) -> bool:
        """Add a trial. Return False without adding the trial if the trial would begin a stack and no slot is free."""
        self._n_trials[trial.arm] += 1
        if self._n_stacks() > self._slots():
            self._n_trials[trial.arm] -= 1
            return False
        self._arm = trial.arm
        return True

    def remove(self, trial: Trial) -> None:
        """Remove a trial that has a result now."""
        self._n_trials[trial.arm] -= 1

    def _n_stacks(self) -> int:
        return sum(math.ceil(n / self.size_of(arm)) for arm, n in self._n_trials.items())


class _Inbox:
    """Tells the strategy the results in the order of trial numbers, even if results arrive in a different order."""

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
        case Started() | Point() | Lost() | Doing():
            return


def stacks(trials: Iterable[Trial], size_of: Callable[[str], int]) -> Iterator[Stack]:
    """Cut a sequence of trials into stacks. The trials of a stack differ only in rate and repeat.

    Args:
        trials: The trials, in the order in which the strategy proposed them.
        size_of: Returns the maximum number of trials in a stack, given the name of an arm.

    Yields:
        The stacks, in the order of the trials.
    """

    def alike(trial: Trial) -> tuple[object, ...]:
        return (trial.arm, sorted(trial.overrides.items()), trial.horizon, trial.until)

    for _, group in groupby(trials, key=alike):
        members = list(group)
        size = size_of(members[0].arm)
        for start in range(0, len(members), size):
            yield tuple(members[start : start + size])
