"""Why a network learned nothing: the rate was too low to change it, or so high that training collapsed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, TypeAlias

from lrsearch.records import DataFacts, Result

Unlearned: TypeAlias = Literal["too low", "collapsed"]

# The loss of an untrained network is within about a tenth of the label entropy, because its logits have a small
# variance. After a blow-up, the first epoch's loss is far larger, even if the loss returns to the entropy later.
_HARDLY_MOVED = 1.1


def loss_hardly_moved(result: Result, facts: DataFacts | None = None) -> bool:
    """Whether the training loss hardly changed, as it does at a rate that is too low to learn.

    Args:
        result: A run that did not learn.
        facts: The data's label entropy, in nats; if None, only the run's own losses are judged.

    Returns:
        True if the training loss did not rise from the first epoch to the last and fell by at most a tenth of its last
        value. With `facts`, both losses must also be at most a tenth above the label entropy.
    """
    if not result.points:
        return False
    first, last = result.points[0].train_loss, result.points[-1].train_loss
    near_entropy = facts is None or max(first, last) <= _HARDLY_MOVED * facts.label_entropy
    return last <= first <= _HARDLY_MOVED * last and near_entropy


def name_unlearned(
    repeats_of: Mapping[float, Sequence[Result]], facts: DataFacts | None = None
) -> dict[float, Unlearned]:
    """Name, for each rate of one arm, why a repeat did not learn: too low or collapsed.

    Args:
        repeats_of: Results for each learning rate of one arm.
        facts: The data's label entropy; used if no rate learned.

    Returns:
        `too low` for each rate below the best rate, `collapsed` for each other rate. The best rate has the highest mean
        score of the rates that learned in every repeat; if there are none, of those that learned in some repeat.

        If no rate learned at all, the losses decide. A rate is `too low` if the loss of its runs, and of all runs at
        lower rates, hardly changed (`loss_hardly_moved`). All higher rates are `collapsed`.
    """
    for enough in (all, any):
        scores = {lr: _mean_score(results) for lr, results in repeats_of.items() if enough(_learned(results))}
        if scores:
            best = min(scores, key=lambda lr: (-scores[lr], lr))
            return {lr: "too low" if lr < best else "collapsed" for lr in repeats_of}
    names: dict[float, Unlearned] = {}
    name: Unlearned = "too low"
    for lr in sorted(repeats_of):
        if not all(loss_hardly_moved(result, facts) for result in repeats_of[lr] if result.state in {"ok", "diverged"}):
            name = "collapsed"
        names[lr] = name
    return names


def _learned(results: Sequence[Result]) -> list[bool]:
    return [result.is_candidate for result in results]


def _mean_score(results: Sequence[Result]) -> float:
    scores = [result.score for result in results if result.score is not None and result.is_candidate]
    return sum(scores) / len(scores)
