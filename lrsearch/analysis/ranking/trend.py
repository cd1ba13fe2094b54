"""Why a rate learned nothing: too low to move the network, or so high that it collapsed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, TypeAlias

from lrsearch.records import DataFacts, Result

Unlearned: TypeAlias = Literal["too low", "collapsed"]

# A fresh network's loss lies within about a tenth of the label entropy (logits of small variance); a blow-up leaves a
# far larger first epoch behind, even where the loss comes back to the entropy afterwards.
_QUIET = 1.1


def is_quiet(result: Result, facts: DataFacts | None = None) -> bool:
    """Whether the training loss hardly moved: what a rate looks like that is too low to learn.

    Args:
        result: A run that did not learn.
        facts: The data's label entropy in nats; without it only the run's own trend is judged.

    Returns:
        True where the training loss did not rise from the first epoch to the last, fell by no more than a tenth of the
        last, and, with `facts`, was never more than a tenth above the label entropy at either end.
    """
    if not result.points:
        return False
    first, last = result.points[0].train_loss, result.points[-1].train_loss
    near_entropy = facts is None or max(first, last) <= _QUIET * facts.label_entropy
    return last <= first <= _QUIET * last and near_entropy


def name_unlearned(
    repeats_of: Mapping[float, Sequence[Result]], facts: DataFacts | None = None
) -> dict[float, Unlearned]:
    """Call each rate of one arm too low or collapsed, should a repeat of it not have learned.

    Args:
        repeats_of: Results for each learning rate of one arm.
        facts: The data's label entropy, for where no rate learned.

    Returns:
        For each rate: too low below the rate of the best mean score (among those of which every repeat learned; else
        among those of which some did), collapsed above it and at it. Where nothing learned, the trend decides: too low
        as long as every unlearned run is quiet, and collapsed from the first rate on that is not, or that diverged.
    """
    for enough in (all, any):
        scores = {lr: _mean_score(results) for lr, results in repeats_of.items() if enough(_learned(results))}
        if scores:
            best = min(scores, key=lambda lr: (-scores[lr], lr))
            return {lr: "too low" if lr < best else "collapsed" for lr in repeats_of}
    names: dict[float, Unlearned] = {}
    name: Unlearned = "too low"
    for lr in sorted(repeats_of):
        if not all(is_quiet(result, facts) for result in repeats_of[lr] if result.state in {"ok", "diverged"}):
            name = "collapsed"
        names[lr] = name
    return names


def _learned(results: Sequence[Result]) -> list[bool]:
    return [result.is_candidate for result in results]


def _mean_score(results: Sequence[Result]) -> float:
    scores = [result.score for result in results if result.score is not None and result.is_candidate]
    return sum(scores) / len(scores)
