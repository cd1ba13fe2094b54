"""Estimates the time that a search still needs, from the epochs that were trained so far."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from heapq import heapify, heapreplace

from lrsearch.records import Result


@dataclass
class Pace:
    """The time of the trainings of each arm.

    All epochs of this session count, not only the epochs of the last seconds. So the estimate stays steady if an epoch
    takes long, or if many trials report at once.

    Attributes:
        epochs: Number of epochs of a training, by arm.
    """

    epochs: Mapping[str, int] = field(default_factory=dict)
    _seconds: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    _n_epochs: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    _is_earlier: set[str] = field(default_factory=set)  # arms that have trained only in earlier sessions

    def add_earlier(self, result: Result) -> None:
        """Take a result of an earlier session. The result counts until an epoch of its arm ends in this session."""
        self._is_earlier.add(result.trial.arm)
        self._add(result.trial.arm, _seconds_of(result), result.trial.until)

    def add_epoch(self, arm: str, seconds: float) -> None:
        """Take an epoch that has ended."""
        if arm in self._is_earlier:
            self._is_earlier.discard(arm)
            self._seconds[arm], self._n_epochs[arm] = 0.0, 0
        self._add(arm, seconds, 1)

    def end_trial(self, result: Result) -> None:
        """Count the end of a trial, after its epochs were added. The epochs that the trial skipped took no time."""
        seen = sum(point.seconds for point in result.points)
        self._add(result.trial.arm, max(0.0, result.seconds - seen), result.trial.until - len(result.points))

    def training_seconds(self, arm: str) -> float | None:
        """Return how long one training of an arm occupies its worker, in seconds; None before an epoch has ended.

        A member of a stack counts with its share of the stack's time. For an arm that has not trained yet, the epochs
        of the other arms give the estimate.
        """
        known = [arm] if arm in self._n_epochs else list(self._n_epochs)
        n_epochs = sum(self._n_epochs[each] for each in known)
        return sum(self._seconds[each] for each in known) / n_epochs * self.epochs.get(arm, 1) if n_epochs else None

    def _add(self, arm: str, seconds: float, n_epochs: int) -> None:
        self._seconds[arm] += seconds
        self._n_epochs[arm] += n_epochs


def finish_seconds(running: Sequence[float], queued: Iterable[tuple[int, float]], n_jobs: int) -> float:
    """Return the time until the last of some tasks ends. Each worker takes the next task as soon as the worker is free.

    Args:
        running: Seconds that each running task still needs.
        queued: Groups of tasks that have not started, in order: (number of tasks, seconds of one task).
        n_jobs: Number of workers.

    Example:
        >>> finish_seconds([10.0, 10.0], [(1, 20.0)], n_jobs=2)  # the last task runs alone
        30.0
    """
    free = [*running, *[0.0] * (n_jobs - len(running))]
    for n_tasks, seconds in queued:
        n_rounds, n_rest = divmod(n_tasks, len(free))
        free = [each + n_rounds * seconds for each in free]
        heapify(free)
        for _ in range(n_rest):
            heapreplace(free, free[0] + seconds)
    return max(free)


def _seconds_of(result: Result) -> float:
    return max(result.seconds, sum(point.seconds for point in result.points))


def time_left_words(least: float, most: float, *, is_searching: bool) -> str:
    """Write the time left.

    Args:
        least: Seconds that the planned trials still need.
        most: Seconds with all the trials that the stages may add.
        is_searching: Whether planned trials are left. Otherwise only the longest time is known.

    Example:
        >>> time_left_words(310, 310, is_searching=True), time_left_words(310, 900, is_searching=True)
        ('0:05:10 left', '0:05:10 left, at most 0:15:00')
        >>> time_left_words(0, 590, is_searching=False)
        'at most 0:09:50 left'
    """
    shortest, longest = (str(timedelta(seconds=round(seconds))) for seconds in (least, most))
    if not is_searching and most > least:
        return f"at most {longest} left"
    return f"{shortest} left" if longest == shortest else f"{shortest} left, at most {longest}"
