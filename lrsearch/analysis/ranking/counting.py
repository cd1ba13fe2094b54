"""Which results count: the last one of each trial, the longest trainings, and those that confirm a rate."""

from __future__ import annotations

from collections.abc import Iterable

from lrsearch.analysis.ranking.rows import CONFIRM, Ranking
from lrsearch.records import Result, TrialKey


def latest(results: Iterable[Result]) -> tuple[Result, ...]:
    """Keep the last result of each trial. A trial that was repeated after a fault has several results.

    Args:
        results: The results, in the order of recording.

    Returns:
        One result for each trial key, ordered by trial number.
    """
    last: dict[TrialKey, Result] = {result.trial.key: result for result in results}
    return tuple(sorted(last.values(), key=lambda result: (result.trial.number, result.trial.key)))


def comparable(results: Iterable[Result]) -> list[Result]:
    """Keep the results that can be compared: those of the longest trainings of each arm.

    A training that ended early, or that had a shorter schedule, cannot be compared with a complete training. So partial
    results are recorded, but never ranked with complete results.

    Args:
        results: The results, in the order of recording.

    Returns:
        The last result of each trial that has the longest horizon of its arm and, of these trials, trained for the most
        epochs; ordered by repeat.
    """
    last = latest(results)
    longest: dict[str, tuple[int, int]] = {}
    for trial in (result.trial for result in last):
        longest[trial.arm] = max(longest.get(trial.arm, (0, 0)), (trial.horizon, trial.until))
    kept = [each for each in last if (each.trial.horizon, each.trial.until) == longest[each.trial.arm]]
    return sorted(kept, key=lambda result: result.trial.repeat)


def leading(results: Iterable[Result], ranking: Ranking, arm: str = "") -> list[Result]:
    """Keep the results of one arm with the overrides of its first row, see `Ranking.leading`."""
    overrides = next((row.configuration[1] for row in ranking.of_arm(arm)), "")
    return [each for each in results if each.trial.arm == arm and each.trial.configuration[1] == overrides]


def confirming(results: Iterable[Result]) -> list[Result]:
    """Keep the results of one configuration from the `confirm` stage; an empty list if none of them is final.

    If a rate has results from this stage, no other results of the rate count. Its first results are too good on
    average, because the rate was chosen by these results.
    """
    found = [result for result in results if result.trial.stage == CONFIRM]
    return found if any(result.is_final for result in found) else []
