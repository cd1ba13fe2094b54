"""Counts the epochs that pruning has saved, and marks trainings that `halving` did not continue as pruned."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from lrsearch.analysis.ranking.counting import latest
from lrsearch.analysis.ranking.rows import CONFIRM
from lrsearch.records import Configuration, Result
from lrsearch.wording import counted


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """What the trainings of some rates cost, and what they would have cost if none had been stopped early.

    Attributes:
        n_rates: Number of rates.
        n_pruned: Number of rates that were stopped early.
        trained: Epochs trained.
        whole: Epochs of the same trainings if each had come to its end. A training that diverged counts as it is.
    """

    n_rates: int
    n_pruned: int
    trained: int
    whole: int

    @property
    def words(self) -> str:
        """Describe it in one line."""
        share = 100 * (self.whole - self.trained) / self.whole
        saved = f"{self.whole - self.trained:,} of {counted(self.whole, 'epoch')} saved ({share:.0f} %)"
        return f"pruned: {self.n_pruned} of {counted(self.n_rates, 'rate')} stopped early, {saved}"


def saved_epochs(results: Iterable[Result], *, repeats: Mapping[str, int]) -> Saved | None:
    """Count the epochs that pruning has saved; None if no training was pruned.

    Args:
        results: The latest result of each training, pruned ones in the state `pruned`.
        repeats: Number of seeds of each rate, by arm. If the first seed of a rate was pruned, its other seeds are not
            trained.
    """
    final = [result for result in results if result.is_final and result.trial.stage != CONFIRM]
    pruned = [result for result in final if result.state == "pruned"]
    ends: dict[str, int] = {}
    for result in final:
        ends[result.trial.arm] = max(ends.get(result.trial.arm, 0), _epochs(result))
    trained = sum(map(_epochs, final))
    left = sum(ends[each.trial.arm] * repeats[each.trial.arm] - _epochs(each) for each in pruned)
    if not left:
        return None
    rates: set[tuple[str, Configuration]] = {(result.trial.arm, result.trial.configuration) for result in final}
    return Saved(n_rates=len(rates), n_pruned=len(pruned), trained=trained, whole=trained + left)


def _epochs(result: Result) -> int:
    return result.points[-1].epoch if result.points else 0


def unfinished_as_pruned(results: Sequence[Result], epochs: int) -> list[Result]:
    """Return one result for each training: its longest one. A training that did not come to its end counts as pruned.

    Args:
        results: The results of one arm, in the order of recording. The results of a training that went on are several.
        epochs: Epochs of a whole training.
    """
    longest: dict[tuple[Configuration, int], Result] = {}
    for result in latest(results):
        key = result.trial.configuration, result.trial.repeat
        if key not in longest or longest[key].trial.until <= result.trial.until:
            longest[key] = result
    return [_as_pruned(result, epochs) if result.trial.until < epochs else result for result in longest.values()]


def _as_pruned(result: Result, epochs: int) -> Result:
    trial = replace(result.trial, horizon=epochs, until=epochs)
    if result.state != "ok":
        return replace(result, trial=trial)
    message = f"after {result.trial.until} of {counted(epochs, 'epoch')}"
    return replace(result, trial=trial, state="pruned", message=message)
