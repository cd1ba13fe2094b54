"""Counts the trials of a running search, and writes lines about its trials, its epochs and its best result."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from lrsearch.records import Event, Lost, Point, Result, Started, Trial
from lrsearch.report.terminal.table import CHANCE_LEVEL
from lrsearch.spec import LrRange, search_rates
from lrsearch.wording import distinct_rates, rate_among, significant, some_of

if TYPE_CHECKING:
    from lrsearch.runs import Run


class Tally:
    """Counts the trials of a search, event by event.

    Attributes:
        n_trials: Number of trials of the search, as far as it is known.
        n_done: Number of trials that have ended.
        best: The best result so far; None if no trial has learned yet.
        running: The running trials by number, each with the result of its last epoch; None before its first epoch ends.
        rates: The known rates: the ends of the range or the rates of the list, and the rates of all trials so far.
    """

    def __init__(self) -> None:
        self.n_trials = self.n_done = 0
        self.best: Result | None = None
        self.running: dict[int, tuple[Trial, Point | None]] = {}
        self.rates: set[float] = set()

    def begin(self, run: Run, n_trials: int) -> None:
        """Count the results that a run already has.

        Args:
            run: The run.
            n_trials: Number of planned trials.
        """
        self.n_trials, self.n_done = n_trials, len(run.standing)
        for spec in run.arms.values():
            known = search_rates(spec)
            self.rates.update((known.low, known.high) if isinstance(known, LrRange) else known)
        for result in run.results:
            self.rates.add(result.trial.lr)
            self._offer(result)

    def see(self, event: Event) -> None:
        """Count an event."""
        match event:
            case Started():
                self.running |= {trial.number: (trial, None) for trial in event.trials}
                self.rates.update(trial.lr for trial in event.trials)
                self.n_trials = max(self.n_trials, self.n_done + len(self.running))  # a stage may add trials
            case Point():
                self.running[event.trial] = (self.running[event.trial][0], event)
            case Result():
                self._end(event.trial)
                self._offer(event)
            case Lost(is_final=True):
                for trial in event.trials:
                    self._end(trial)

    @property
    def progress(self) -> float:
        """The number of finished trials. A running trial counts as the share of its epochs that are finished."""
        return self.n_done + sum(point.epoch / trial.until for trial, point in self.running.values() if point)

    def _end(self, trial: Trial) -> None:
        self.n_done += 1
        self.running.pop(trial.number, None)

    def _offer(self, result: Result) -> None:
        if result.is_candidate and (self.best is None or (result.score or 0.0) > (self.best.score or 0.0)):
            self.best = result


def trial_name(trial: Trial, rates: Iterable[float] = ()) -> str:
    """Describe a trial by its learning rate, after the name of its arm if it has one.

    Args:
        trial: The trial.
        rates: Other rates. The rate is written with enough digits to distinguish it from them.
    """
    rate = f"lr {rate_among(trial.lr, rates)}"
    return f"{trial.arm}: {rate}" if trial.arm else rate


def best_line(tally: Tally) -> str:
    """Write a line about the best result so far; "" if there is none."""
    best = tally.best
    return "" if best is None else f"best so far: {trial_name(best.trial, tally.rates)}, val accuracy {best.score:.3f}"


def result_line(result: Result, rates: Iterable[float] = ()) -> str:
    """Write a line about how a trial ended. Its rate has enough digits to distinguish it from `rates`."""
    name = trial_name(result.trial, rates)
    if result.trial.repeat:
        name += f" (seed {result.trial.repeat})"
    if result.state != "ok":
        return f"{name}  {result.state}: {result.message}"
    end = "" if result.learned else f"  {CHANCE_LEVEL}"
    return f"{name}  val accuracy {result.score:.3f}{end}  {result.seconds:.1f} s"


def lost_line(lost: Lost) -> str:
    """Write a line about the trials whose worker died. If there are many, name only the first rates."""
    arm = lost.trials[0].arm if lost.trials else ""
    rates = some_of(distinct_rates([trial.lr for trial in lost.trials]), 3)
    state = "killed: " if lost.is_final else ""
    return f"{f'{arm}: ' if arm else ''}lr {rates}: {state}{lost.reason}"


def epoch_line(point: Point, tally: Tally) -> str:
    """Write a line about the result of an epoch."""
    name = trial_name(tally.running[point.trial][0], tally.rates)
    return (
        f"  {name} epoch {point.epoch}: train loss {point.train_loss:.4f}, "
        f"val loss {point.val_loss:.4f}, val accuracy {point.val_accuracy:.3f}, "
        f"gradient norm {significant(point.grad_norm)}, {point.seconds:.1f} s"
    )
