"""Keeps the trainings of a search by `auto` so far: their cost, and which of them learned."""

from __future__ import annotations

from lrsearch.analysis.auto import AutoRun
from lrsearch.strategies.auto.records import AutoSettings

_QUIET = 1.02
"""A training is quiet if its loss stayed below this factor times the loss of an untrained network."""


class Trainings:
    """The trainings so far.

    Attributes:
        settings: The settings of the search.
        runs: All trainings, in their order.
        scanned: The latest training of each scanned rate.
    """

    def __init__(self, settings: AutoSettings) -> None:
        """Start without a training."""
        self.settings = settings
        self.runs: list[AutoRun] = []
        self.scanned: list[AutoRun] = []

    @property
    def spent(self) -> float:
        """The cost so far, in whole trainings. A run that continues a shorter one costs only its further epochs."""
        longest: dict[tuple[float, int, int], int] = {}
        for run in self.runs:
            key = (run.x, run.repeat, run.horizon)
            longest[key] = max(longest.get(key, 0), run.until)
        return sum(longest.values()) / self.settings.epochs

    @property
    def full(self) -> list[AutoRun]:
        """The whole trainings."""
        epochs = self.settings.epochs
        return [run for run in self.runs if run.horizon == epochs and run.until == epochs]

    @property
    def good(self) -> list[AutoRun]:
        """The whole trainings of the rates at which every whole training learned."""
        failed = {run.x for run in self.full if not run.learned and not run.is_fault}
        return [run for run in self.full if run.learned and run.x not in failed]

    @property
    def broken(self) -> set[float]:
        """The rates at which a training of any length moved the loss and learned nothing."""
        return {
            run.x
            for run in self.runs
            if not run.learned and not run.is_fault and not is_quiet(run, self.settings.untrained_loss)
        }


def is_quiet(run: AutoRun, untrained_loss: float) -> bool:
    """Whether the training loss of a run never rose above the loss of an untrained network by more than a little.

    Args:
        run: The run.
        untrained_loss: Loss of an untrained network, if the run does not know its own.
    """
    limit = _QUIET * (untrained_loss if run.untrained_loss is None else run.untrained_loss)
    return bool(run.losses) and run.losses[0] <= limit and run.losses[-1] <= limit
