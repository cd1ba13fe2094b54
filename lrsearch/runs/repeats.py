"""Tells whether a program ignores its seed. Repeats are then copies of one training, and count as one training."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from lrsearch.records import Result


def ignores_seed(results: Iterable[Result]) -> bool:
    """Whether the repeats of every rate have the same metrics in every epoch, at two rates or more.

    Args:
        results: The results of a program.
    """
    of_rates: dict[object, set[tuple[object, ...]]] = {}
    repeats: dict[object, set[int]] = {}
    for result in results:
        if result.score is None:
            continue
        rate = (result.trial.arm, *result.trial.configuration)
        series = tuple(tuple(sorted(point.metrics.items())) for point in result.points)
        of_rates.setdefault(rate, set()).add(series)
        repeats.setdefault(rate, set()).add(result.trial.repeat)
    repeated = [rate for rate, of_rate in repeats.items() if len(of_rate) > 1]
    return len(repeated) > 1 and all(len(of_rates[rate]) == 1 for rate in repeated)


def first_repeats(results: Sequence[Result]) -> list[Result]:
    """Return the results of the first repeat of each rate."""
    first: dict[object, int] = {}
    for result in results:
        rate = (result.trial.arm, *result.trial.configuration)
        first[rate] = min(result.trial.repeat, first.get(rate, result.trial.repeat))
    return [each for each in results if each.trial.repeat == first[each.trial.arm, *each.trial.configuration]]
