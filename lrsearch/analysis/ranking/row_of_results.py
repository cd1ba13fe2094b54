"""Makes the row of one configuration from the results of its seeds."""

from __future__ import annotations

import math
import statistics
from collections import Counter
from collections.abc import Mapping, Sequence

from lrsearch.analysis.ranking.counting import confirming
from lrsearch.analysis.ranking.rows import Row, RowState
from lrsearch.analysis.ranking.unlearned import Unlearned
from lrsearch.catalog import VAL_ACCURACY, Metric
from lrsearch.records import Point, Result, TrialKey

SEVERITY: dict[RowState, int] = {
    "ok": 0,
    "too low": 2,
    "too high": 2,
    "cannot tell": 2,
    "not yet": 3,
    "collapsed": 4,
    "diverged": 5,
    "failed": 6,
    "oom": 7,
    "killed": 8,
    "pruned": 9,
}
"""How bad a state is. The row of several seeds has the worst of their states."""

_WORDS: dict[RowState, str] = {
    "pruned": "pruned",
    "cannot tell": "may have learned nothing",
    "not yet": "had not learned yet",
    "collapsed": "collapsed",
    "diverged": "diverged",
    "failed": "failed",
    "oom": "ran out of memory",
    "killed": "killed",
}


def make_row(
    repeats: Sequence[Result], names: Mapping[TrialKey, Unlearned], metric: Metric, faults: Sequence[Result]
) -> Row:
    """Make the row of one configuration. `ranking` fills in its ranks, and compares it with the best row.

    Args:
        repeats: The results that are judged, one for each seed, at least one.
        names: What became of each training that did not learn, by trial.
        metric: The metric of the scores.
        faults: Results that are not judged, because a fault says nothing about the rate.
    """
    outcomes: list[RowState] = [names.get(result.trial.key, result.state) for result in repeats]
    n_seeds = len(repeats) + len(faults)
    scores = [result.score for result in repeats if result.score is not None]
    ends = [point for result in repeats if (point := scored_point(result)) is not None]
    epochs = [result.scored_epoch for result in repeats if result.scored_epoch is not None]
    return Row(
        rank=0,
        arm=repeats[0].trial.arm,
        lr=repeats[0].trial.lr,
        overrides=repeats[0].trial.overrides,
        state=max(outcomes, key=SEVERITY.__getitem__),
        n=len(repeats),
        metric=metric.name,
        score=_mean(scores),
        score_sd=statistics.stdev(scores) if len(scores) > 1 and all(map(math.isfinite, scores)) else None,
        val_accuracy=_mean(scores if metric.name == VAL_ACCURACY.name else [point.val_accuracy for point in ends]),
        train_accuracy=_mean([point.train_accuracy for point in ends]),
        val_loss=_mean([point.val_loss for point in ends]),
        best_epoch=statistics.median_low(epochs) if epochs else None,
        seconds=math.fsum(result.seconds for result in [*repeats, *faults]),
        confirmed=bool(confirming(repeats)),
        message="; ".join(filter(None, [_message(repeats, outcomes, n_seeds), _fault_message(faults, n_seeds)])),
    )


def _fault_message(faults: Sequence[Result], n_seeds: int) -> str:
    counts = Counter(_WORDS[fault.state] for fault in faults if fault.state != "ok")
    return ", ".join(f"{count} of {n_seeds} seeds {words}" for words, count in counts.items())


def scored_point(result: Result) -> Point | None:
    """Return the epoch by which a result is judged: the scored epoch, or else the last epoch; None without epochs."""
    last = result.points[-1] if result.points else None
    return next((point for point in result.points if point.epoch == result.scored_epoch), last)


def _mean(values: Sequence[float]) -> float | None:
    """Compute the mean; None if there are no values or if the mean is not finite.

    So a diverged loss never looks small.
    """
    mean = sum(values) / len(values) if values else math.nan
    return mean if math.isfinite(mean) else None


def _message(repeats: Sequence[Result], outcomes: Sequence[RowState], n_seeds: int) -> str:
    """Write how many seeds ended in which state; if all ended in the same state, the first message of a result."""
    if len(set(outcomes)) == 1:
        return next((result.message for result in repeats if result.message), "")
    counts = sorted(Counter(outcomes).items(), key=lambda item: -SEVERITY[item[0]])
    (worst, count), *others = [(state, count) for state, count in counts if state != "ok"]
    rest = "".join(f", {count} {_WORDS[state]}" for state, count in others)
    return f"{count} of {n_seeds} seeds {_WORDS[worst]}{rest}"
