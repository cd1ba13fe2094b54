"""Makes the ranking: orders the arms by their best rates, and the configurations of each arm by their scores."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from lrsearch.analysis.ranking.counting import comparable, confirming
from lrsearch.analysis.ranking.row_of_results import SEVERITY, make_row
from lrsearch.analysis.ranking.rows import Ranking, Row, RowState
from lrsearch.analysis.ranking.scale import constant_score
from lrsearch.analysis.ranking.target import reached, target_score
from lrsearch.analysis.ranking.unlearned import Unlearned, name_unlearned
from lrsearch.catalog import VAL_ACCURACY, Metric
from lrsearch.records import Configuration, Result, Task, TrialKey


def rank_results(
    results: Iterable[Result],
    task: Task | Mapping[str, Task] | None = None,
    metric: Metric = VAL_ACCURACY,
) -> Ranking:
    """Rank the arms by their best rate, and the learning rates within each arm.

    The rates of one arm come in these groups:
    1. rates that finished and learned in every repeat;
    2. rates that finished and learned in some repeats, those with the larger share first;
    3. rates that did not learn: cannot tell, not yet, collapsed; then diverged rates;
    4. rates with nothing but faults: failed, oom, killed;
    5. pruned rates, which have no rank.
    Within a group, confirmed rates come first, then better mean score, lower mean validation loss, lower rate.

    Results belong to the same row if they have the same configuration: rate and overrides. Rates with different
    overrides are ranked together by their scores. But whether a rate is too low, too high, not yet trained or collapsed
    is judged among the rates with equal overrides, because only these rates form one curve.

    Args:
        results: The results, in the order of recording. If a trial was repeated after a fault, only its last result
            counts. Partial results are left out (`comparable`).
        task: The task, or the task of each arm by name. The number of validation images decides which rates are
            clearly worse than the best. The label entropy helps to tell why a rate did not learn.
        metric: The metric of the scores.

    Returns:
        The ranking; it has no rows if there are no results.
    """
    arms: dict[str, dict[Configuration, list[Result]]] = {}
    results = tuple(results)
    for result in comparable(results):
        arms.setdefault(result.trial.arm, {}).setdefault(result.trial.configuration, []).append(result)
    ranked = [
        _rank_arm(repeats_of, task.get(arm) if isinstance(task, Mapping) else task, metric)
        for arm, repeats_of in arms.items()
    ]
    # Whether an arm was confirmed says nothing about how good it is, so it must not decide the order of arms.
    ranked.sort(key=lambda of_arm: (*of_arm[0].order._replace(is_unconfirmed=False), of_arm[0].row.arm))
    best = ranked[0][0].row if ranked else None
    constant = constant_score(metric, task.get(best.arm if best else "") if isinstance(task, Mapping) else task)
    target = None
    if best and best.state == "ok" and best.score is not None:
        target = target_score(metric, best.score, constant)
    rows = tuple(
        replace(each.row, arm_rank=place, **({} if target is None else _to_target(each.judged, target, metric)))
        for place, of_arm in enumerate(ranked, start=1)
        for each in of_arm
    )
    trainings = {(trial.arm, trial.configuration, trial.repeat) for trial in (result.trial for result in results)}
    return Ranking(rows=rows, n_trials=len(trainings), metric=metric, constant=constant)


class _Order(NamedTuple):
    group: int
    failing_share: float
    is_unconfirmed: bool
    negative_score: float
    loss: float
    configuration: Configuration


class _Ranked(NamedTuple):
    order: _Order
    row: Row
    judged: Sequence[Result]


def _rank_arm(repeats_of: Mapping[Configuration, Sequence[Result]], task: Task | None, metric: Metric) -> list[_Ranked]:
    """Make the rows of one arm, best first."""
    repeats_of = {tried: confirming(all_of) or all_of for tried, all_of in repeats_of.items()}
    # A fault says nothing about its rate: it counts only if the rate has no other result.
    judged_of = {tried: [each for each in all_of if each.is_final] or all_of for tried, all_of in repeats_of.items()}
    curves: dict[str, dict[float, Sequence[Result]]] = {}
    for (lr, overrides), judged in judged_of.items():
        curves.setdefault(overrides, {})[lr] = judged
    names: dict[TrialKey, Unlearned] = {}
    for curve in curves.values():
        names |= name_unlearned(curve, task, metric)
    ranked = []
    for tried, judged in judged_of.items():
        row = make_row(judged, names, metric, faults=[each for each in repeats_of[tried] if each not in judged])
        ranked.append(_Ranked(_order(row, judged, metric), row, judged))
    ranked.sort(key=lambda each: each.order)
    best_of: dict[str, Row] = {}
    for row in (each.row for each in ranked):
        if row.state == "ok":
            best_of.setdefault(row.configuration[1], row)

    def state(row: Row) -> RowState:
        return _state_beside_best(row, best_of.get(row.configuration[1]), task, metric)

    return [
        each._replace(row=replace(each.row, rank=None if each.row.state == "pruned" else rank, state=state(each.row)))
        for rank, each in enumerate(ranked, start=1)
    ]


def _to_target(judged: Sequence[Result], target: float, metric: Metric) -> dict[str, Any]:
    found = reached(judged, target, metric)
    return {} if found is None else {"epochs_to_target": found.epoch, "seconds_to_target": found.seconds}


def _state_beside_best(row: Row, best: Row | None, task: Task | None, metric: Metric) -> RowState:
    """Return the row's state; too low or too high if the rate learned but is clearly worse than the best of its curve.

    A rate is clearly worse if its score differs from the best score by more than twice the standard error of the
    difference of two shares of `n_val` images. This formula overestimates the error, because all rates are tested on
    the same images. Repeats do not reduce the error, because the images stay the same. Only the noise of a share
    follows from the number of images, so with any other metric every rate that learned stays ok.
    """
    n_val = None if task is None else task.n_val
    if n_val is None or best is None or row.state != "ok" or row.score is None or best.score is None:
        return row.state
    if metric.noise != "binomial":
        return row.state
    variance = sum(share * (1 - share) for share in (row.score, best.score)) / n_val
    if metric.oriented(best.score) - metric.oriented(row.score) <= 2 * math.sqrt(variance):
        return row.state
    return "too low" if row.lr < best.lr else "too high"


def _order(row: Row, judged: Sequence[Result], metric: Metric) -> _Order:
    candidates = [result.is_candidate for result in judged]
    if row.state == "pruned":
        group, share = 1 + SEVERITY["pruned"], 0.0
    elif all(candidates):
        group, share = 0, 1.0
    elif any(candidates):
        group, share = 1, sum(candidates) / len(candidates)
    else:
        group, share = 1 + SEVERITY[row.state], 0.0
    score = -math.inf if row.score is None else metric.oriented(row.score)
    loss = math.inf if row.val_loss is None else row.val_loss
    return _Order(group, -share, not row.confirmed, -score, loss, row.configuration)
