"""The main path of a search: ask -> submit -> record -> tell.

A resume is the same path: trials whose result is known are told again and not trained again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import groupby

from lrsearch.records import Batch, Event, Lost, Point, Result, Started, Trial, TrialKey
from lrsearch.seams import Answer, Executor, Strategy


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
    """
    inbox = _Inbox(strategy)
    in_flight = 0
    answer: Trial | Answer = Answer.WAIT
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
                observe(event)
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
