"""The main path of a search: ask -> submit -> record -> tell.

A resume is the same path: trials whose result is known are told again and not trained again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import groupby

from lrsearch.errors import TooManyFaults
from lrsearch.records import Batch, Event, Lost, Point, Result, Started, Trial, TrialKey
from lrsearch.seams import Answer, Executor, Strategy

FAULTS_IN_A_ROW = 3
"""Faults of the machine or the code, one after another, that end a search."""


def search(
    strategy: Strategy,
    executor: Executor,
    *,
    known: Mapping[TrialKey, Result],
    record: Callable[[Result], None],
    may_ask: Callable[[], bool],
    should_stop: Callable[[], bool],
    observe: Callable[[Event], None] = lambda *_: None,
    stack: int = 1,
) -> bool:
    """Run a strategy to its end, or to where it is stopped.

    Args:
        strategy: Which rate next; it is told results in the order of trial numbers.
        executor: Where batches run.
        known: Results that stand from before, by `Trial.key`; they are told, not trained.
        record: Called with each new result before anything else sees it.
        may_ask: Whether new trials may be started still (a limit of time).
        should_stop: Whether to give up at once what is running.
        observe: Called with every event, after it was recorded.
        stack: Trials in one batch, at most.

    Returns:
        Whether the strategy is done: every trial that it wanted has a result.

    Raises:
        TooManyFaults: `FAULTS_IN_A_ROW` results in a row were faults: what is wrong is not the learning rate.
    """
    inbox = _Inbox(strategy)
    in_flight = n_faults = 0
    answer: Trial | Answer = Answer.WAIT
    last_fault: Result | None = None
    with executor:
        while not should_stop():
            fresh: list[Trial] = []
            while in_flight + len(fresh) < executor.slots * stack and may_ask():
                answer = strategy.ask()
                if isinstance(answer, Answer):
                    break
                if (result := known.get(answer.key)) is not None:
                    inbox.put(replace(result, trial=answer))
                else:
                    fresh.append(answer)
            for batch in batches(fresh, stack):
                executor.submit(batch)
            in_flight += len(fresh)
            if in_flight == 0:
                break
            for event in executor.events():
                for result in _results(event):
                    record(result)
                    inbox.put(result)
                    in_flight -= 1
                    n_faults = 0 if result.is_final else n_faults + 1
                    last_fault = result if n_faults else last_fault
                observe(event)
            if n_faults >= FAULTS_IN_A_ROW and last_fault is not None:
                raise TooManyFaults(
                    f"{n_faults} trials in a row ended in a fault of the machine or the code, the last in "
                    f"{last_fault.state}: {last_fault.message}"
                )
    return answer is Answer.DONE and in_flight == 0


class _Inbox:
    """Hands results to the strategy in the order of trial numbers, however they arrive."""

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


def batches(trials: Iterable[Trial], stack: int) -> Iterator[Batch]:
    """Cut trials, in order, into batches that differ in nothing but rate and repeat, of at most `stack` members."""

    def alike(trial: Trial) -> tuple[object, ...]:
        return (trial.arm, sorted(trial.overrides.items()), trial.horizon, trial.until)

    for _, group in groupby(trials, key=alike):
        members = list(group)
        for start in range(0, len(members), stack):
            yield tuple(members[start : start + stack])
