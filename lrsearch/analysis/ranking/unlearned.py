"""Names why a network learned nothing: training is too short or too slow, it collapsed, or the cause is not known."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Literal, TypeAlias

from lrsearch.catalog import VAL_ACCURACY, Metric
from lrsearch.records import Result, Task, TrialKey

Unlearned: TypeAlias = Literal["not yet", "collapsed", "cannot tell"]

_Trace: TypeAlias = Literal["hardly moved", "rose", "fell to chance level", "fell below chance level"]

_MOVED = 1.1
"""A loss has moved if it changed by more than this factor. Between batches, the loss of an untrained network varies
less."""

_ROSE = 1.01
"""A training loss that ends more than this factor above its first epoch has risen."""

_BELOW = 0.98
"""A loss below this share of the best constant prediction's loss shows that the network learned from the images."""


def name_unlearned(
    repeats_of: Mapping[float, Sequence[Result]], task: Task | None = None, metric: Metric = VAL_ACCURACY
) -> dict[TrialKey, Unlearned]:
    """Name, for each result of one arm that did not learn (`has_learned`), why it did not.

    - `not yet`: training has hardly changed the network, or has just begun to work: search higher rates, or train
      longer.
    - `collapsed`: training changed the network, but the trained network is no better than a constant prediction.
    - `cannot tell`: the results do not show whether training changed the network.

    The result's own losses decide first. If the training or validation loss ended clearly below the loss of the best
    constant prediction, training did work, although the test on the validation part does not show this. The name is
    then `cannot tell`, or `not yet` for a rate below the best rate. If the training loss rose, or was above the loss of
    an untrained network, the name is `collapsed`.

    Otherwise the losses do not show whether training left the network unchanged or made the network predict the same
    for every image. Then the learning rate decides: the name is `not yet` below the best rate, and `collapsed` above
    the best rate. The best rate is the rate with the best mean score among the rates that learned in every repeat. If
    there is no such rate, the best rate is chosen among the rates that learned in some repeat. If no rate learned at
    all, the name is `collapsed` above the first rate at which a run collapsed or diverged. Below that rate, the name is
    `not yet` if the loss hardly changed, and `cannot tell` if the loss fell to chance level.

    Args:
        repeats_of: Results for each learning rate of one arm.
        task: The task, with the training loss of the best constant prediction. If the task does not have this loss,
            nothing collapsed, and every result is named `cannot tell`. Without a task, only the run's own losses are
            judged.
        metric: The metric of the scores.

    Returns:
        The name for the key of each trial that finished and did not learn.
    """
    if task is not None and task.baseline("train_loss").constant is None:
        results = chain.from_iterable(repeats_of.values())
        return {each.trial.key: "cannot tell" for each in results if each.state == "ok" and not each.is_candidate}
    best = _best_rate(repeats_of, metric)
    names: dict[TrialKey, Unlearned] = {}
    broken = False
    for lr in sorted(repeats_of):
        broken = broken or any(
            result.state == "diverged" or (result.learned is False and _trace(result, task) == "rose")
            for result in repeats_of[lr]
        )
        is_above = broken if best is None else lr > best
        for result in repeats_of[lr]:
            if result.state == "ok" and result.learned is not False and not result.is_candidate:
                names[result.trial.key] = "cannot tell"  # it has no score: somebody changed the log
            elif result.state == "ok" and result.learned is False:
                names[result.trial.key] = _name(
                    _trace(result, task),
                    is_above=is_above,
                    is_below=best is not None and lr < best,
                    knows_start=_untrained_loss(result, task) is not None,
                )
    return names


def _name(trace: _Trace, *, is_above: bool, is_below: bool, knows_start: bool) -> Unlearned:
    if is_below:  # without the untrained network's loss, its own first epoch may look like a blow-up
        return "collapsed" if trace == "rose" and knows_start else "not yet"
    match trace:
        case "rose":
            return "collapsed"
        case "fell below chance level":
            return "cannot tell"
        case "hardly moved" | "fell to chance level" if is_above:
            return "collapsed"
        case "hardly moved":
            return "not yet"
        case "fell to chance level":
            return "cannot tell"


def _trace(result: Result, task: Task | None) -> _Trace:
    """Describe how the losses changed in a run that did not learn."""
    losses = [point.train_loss for point in result.points]
    if not losses or not all(map(math.isfinite, losses)):
        return "rose"
    first, last = losses[0], losses[-1]
    has_risen = last > _MOVED * min(losses)
    start = _untrained_loss(result, task)
    constant = None if task is None else task.baseline("train_loss").constant
    if task is not None and constant is not None:
        # The validation loss shows the end of the last epoch. The training loss is a mean over the epoch, which may
        # have begun better than it ended.
        on_val = task.baseline("val_loss").constant
        is_below_at_end = result.points[-1].val_loss < _BELOW * (constant if on_val is None else on_val)
        # An untrained network of two classes may begin below chance level.
        level = min(constant, start or math.inf)
        if is_below_at_end or (last < _BELOW * level and not has_risen):
            return "fell below chance level"
    chance = first if constant is None else constant
    if has_risen or max(losses) > _MOVED * max(chance, start or 0.0) or last > _ROSE * first:
        return "rose"
    has_fallen = (start or first) > _MOVED * last
    return "fell to chance level" if has_fallen and last <= _MOVED * chance else "hardly moved"


def _untrained_loss(result: Result, task: Task | None) -> float | None:
    """Return the training loss before training: from the result, or else from the task; None if unknown."""
    if result.untrained_loss is not None or task is None:
        return result.untrained_loss
    return task.baseline("train_loss").untrained


def _best_rate(repeats_of: Mapping[float, Sequence[Result]], metric: Metric) -> float | None:
    """Find the rate with the best mean score among the rates that learned; None if no rate learned."""
    for enough in (all, any):
        scores = {
            lr: metric.oriented(_mean_score(results))
            for lr, results in repeats_of.items()
            if results and enough([result.is_candidate for result in results])
        }
        if scores:
            return min(scores, key=lambda lr: (-scores[lr], lr))
    return None


def _mean_score(results: Sequence[Result]) -> float:
    scores = [result.score for result in results if result.score is not None and result.is_candidate]
    return sum(scores) / len(scores)
