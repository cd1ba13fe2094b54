"""Counts the trials of a running search, and writes lines about its trials, its epochs and its best result."""

from __future__ import annotations

import math
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from lrsearch.catalog import VAL_ACCURACY, Metric
from lrsearch.command import in_short
from lrsearch.records import EPOCH_METRICS, Doing, Event, Lost, Point, Result, Started, Trial
from lrsearch.reporting.terminal.pace import Pace, finish_seconds, time_left_words
from lrsearch.reporting.terminal.table import CHANCE_LEVEL
from lrsearch.spec import LrRange, search_rates
from lrsearch.wording import distinct_rates, rate_among, significant, some_of

if TYPE_CHECKING:
    from lrsearch.runs import Run


class Tally:
    """Counts the trials of a search, event by event, and estimates the time that the search still needs.

    Attributes:
        n_trials: Number of planned trials. Trials that the stages of a search add are counted apart.
        n_done: Number of planned trials that have ended.
        budgets: Maximum number of trainings of each arm, by arm; empty if the search has no budget of trainings.
        doing: What the search does now and why; "" if the names of the trials show this.
        n_extra: Number of ended trials of each stage, by stage.
        most_extra: Number of trials that each stage may add at most, by stage.
        best: The best result of a whole training so far; None if none has learned yet.
        metric: The metric of the scores.
        knows_epochs: Whether the spec tells how many epochs a trial has. A program may decide the number of epochs
            itself.
        running: The running trials by number, each with the result of its last epoch; None before its first epoch ends.
        rates: The known rates: the ends of the range or the rates of the list, and the rates of all trials so far.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Start with nothing.

        Args:
            clock: Returns the time in seconds.
        """
        self.n_trials = self.n_done = 0
        self.budgets: dict[str, int] = {}
        self.doing = ""
        self._epochs: dict[str, int] = {}
        self._reached: dict[tuple[object, ...], int] = {}  # epochs trained, by training
        self.n_extra: Counter[str] = Counter()
        self.most_extra: Counter[str] = Counter()
        self.best: Result | None = None
        self.metric: Metric = VAL_ACCURACY
        self.knows_epochs = True
        self.running: dict[int, tuple[Trial, Point | None]] = {}
        self.rates: set[float] = set()
        self._left: dict[str, int] = {}  # planned trials that have not ended, by arm
        self._extra_left: dict[str, int] = {}  # trials that the stages may still add, by arm
        self._pace = Pace()
        self._n_jobs, self._stack_sizes = 1, {"": 1}
        self._stack_of: dict[int, int] = {}  # by trial: the first trial of its stack
        self._clock, self._seen_at = clock, 0.0  # the time of the last event

    def begin(self, run: Run, n_trials: int) -> None:
        """Count the results that a run already has.

        Args:
            run: The run.
            n_trials: Number of planned trials.
        """
        self.metric = run.metric
        program = run.manifest.program
        self.knows_epochs = program is None or "epochs" in program.program.placeholders
        self.n_trials, self._left, self._seen_at = n_trials, dict(run.n_planned), self._clock()
        for arm, of_stages in run.n_further.items():
            self.most_extra.update(of_stages)
            self._extra_left[arm] = sum(of_stages.values())
        self.budgets = run.budgets
        self._epochs = {arm: spec.train.epochs for arm, spec in run.arms.items()}
        self._pace, self._n_jobs = Pace(self._epochs), run.manifest.plan.jobs.value
        self._stack_sizes = {arm: run.manifest.plan_of(arm).stack.value for arm in run.arms}
        for spec in run.arms.values():
            known = search_rates(spec)
            self.rates.update((known.low, known.high) if isinstance(known, LrRange) else known)
        for result in run.standing.values():
            self._count(result.trial)
        for result in run.results:
            self.rates.add(result.trial.lr)
            self._offer(result)
            if result.is_final:
                self._pace.add_earlier(result)

    def see(self, event: Event) -> None:
        """Count an event."""
        self._seen_at = self._clock()
        match event:
            case Doing():
                self.doing = event.text
            case Started():
                self.running |= {trial.number: (trial, None) for trial in event.trials}
                self._stack_of |= dict.fromkeys((trial.number for trial in event.trials), event.trials[0].number)
                self.rates.update(trial.lr for trial in event.trials)
            case Point():
                trial = self.running[event.trial][0]
                self.running[event.trial] = (trial, event)
                self._reach(trial, event.epoch)
                self._pace.add_epoch(trial.arm, event.seconds)
            case Result():
                self._end(event.trial)
                self._offer(event)
                if event.is_final:
                    self._pace.end_trial(event)
            case Lost(is_final=True):
                for trial in event.trials:
                    self._end(trial)

    @property
    def total(self) -> int:
        """The largest value of `progress`: the number of planned trials, or of the trainings in the budget."""
        return sum(self.budgets.values()) if self.budgets else self.n_trials

    @property
    def progress(self) -> float:
        """The number of planned trials that have ended. A running trial counts as the share of its finished epochs.

        With a budget, `progress` counts all trainings of this and earlier sessions, each epoch once.
        """
        if self.budgets:
            return sum(epochs / self._epochs[str(arm)] for (arm, *_), epochs in self._reached.items())
        return self.n_done + sum(share for trial, share in self._running_shares() if not trial.stage)

    @property
    def stage(self) -> str:
        """The stage of the trials that started last; "" for trials of the strategy."""
        return next((trial.stage for trial, _ in reversed(self.running.values())), "")

    @property
    def counts(self) -> str:
        """How many trials have ended, such as `12/20`, or `20/20, extend 3 of at most 18`.

        With a budget, how many trainings are spent, such as `5.4 of 10`.
        """
        if self.budgets:
            return f"{self.progress:.1f} of {self.total}"
        stages = [f"{stage} {n} of at most {self.most_extra[stage]}" for stage, n in self.n_extra.items()]
        return ", ".join([f"{self.n_done:>{len(str(self.n_trials))}}/{self.n_trials}", *stages])

    @property
    def unit(self) -> str:
        """The unit of `counts`: trials or trainings."""
        return "trainings" if self.budgets else "trials"

    @property
    def time_left(self) -> str:
        """The time that the search still needs, in words; "" before the first epoch ends, and if nothing is left."""
        seconds = {arm: self._pace.training_seconds(arm) or 0.0 for arm in self._left}
        if self.budgets:
            left = max(0.0, self.total - self.progress) * max(seconds.values(), default=0.0) / self._n_jobs
            return time_left_words(0.0, left, is_searching=False) if left else ""
        n_queued, n_further = dict(self._left), dict(self._extra_left)
        of_stacks: defaultdict[int, float] = defaultdict(float)
        for trial, share in self._running_shares():
            (n_further if trial.stage else n_queued)[trial.arm] -= 1
            of_stacks[self._stack_of[trial.number]] += (1 - share) * seconds[trial.arm]
        n_queued, n_further = ({arm: max(0, n) for arm, n in each.items()} for each in (n_queued, n_further))
        if not any(seconds.values()) or not any([*of_stacks.values(), *n_queued.values(), *n_further.values()]):
            return ""
        stacks = [
            (math.ceil(n / self._stack_sizes[arm]), min(n, self._stack_sizes[arm]) * seconds[arm])
            for arm, n in n_queued.items()
            if n
        ]
        waited = self._clock() - self._seen_at
        least = max(0.0, finish_seconds(list(of_stacks.values()), stacks, self._n_jobs) - waited)
        further = sum(n * seconds[arm] for arm, n in n_further.items()) / self._n_jobs
        return time_left_words(least, least + further, is_searching=self.n_done < self.n_trials)

    def _running_shares(self) -> list[tuple[Trial, float]]:
        """Return the running trials, each with the share of its epochs that are finished."""
        return [
            (trial, min(1.0, point.epoch / trial.until) if point else 0.0) for trial, point in self.running.values()
        ]

    def _end(self, trial: Trial) -> None:
        self._count(trial)
        self.running.pop(trial.number, None)

    def _reach(self, trial: Trial, epoch: int) -> None:
        training = (trial.arm, *trial.configuration, trial.repeat, trial.horizon)
        self._reached[training] = max(self._reached.get(training, 0), epoch)

    def _count(self, trial: Trial) -> None:
        self._reach(trial, trial.until)
        left = self._extra_left if trial.stage else self._left
        left[trial.arm] -= 1
        if trial.stage:
            self.n_extra[trial.stage] += 1
        else:
            self.n_done += 1

    def _offer(self, result: Result) -> None:
        if not result.is_candidate or result.score is None:
            return
        if self.budgets and result.trial.until < self._epochs[result.trial.arm]:
            return  # a short training is not compared with whole ones
        best = None if self.best is None else self.best.score
        if best is None or self.metric.oriented(result.score) > self.metric.oriented(best):
            self.best = result

    def score_of(self, point: Point) -> str:
        """Write the metric after an epoch; "" if the training does not report the metric."""
        value = point.metrics.get(self.metric.name)
        return "" if value is None else f"{self.metric.head} {self.metric.text(value)}"


def trial_name(trial: Trial, rates: Iterable[float] = ()) -> str:
    """Describe a trial by its learning rate, after the name of its arm, if any.

    Args:
        trial: The trial.
        rates: The rates of other trials. The trial's rate is written with enough digits to differ from these rates.
    """
    rate = f"lr {rate_among(trial.lr, rates)}"
    return f"{trial.arm}: {rate}" if trial.arm else rate


def best_line(tally: Tally) -> str:
    """Write a line about the best result so far; "" if there is none."""
    best = tally.best
    if best is None or best.score is None:
        return ""
    score = f"{tally.metric.head} {tally.metric.text(best.score)}"
    return f"best so far: {trial_name(best.trial, tally.rates)}, {score}"


def result_line(
    result: Result, rates: Iterable[float] = (), metric: Metric = VAL_ACCURACY, *, is_short: bool = False
) -> str:
    """Write a line about how a trial ended. The rate has enough digits to differ from `rates`.

    If `is_short`, only the cause of a failure is named, without the lines that the program printed before it.
    """
    name = trial_name(result.trial, rates)
    if result.trial.repeat:
        name += f" (seed {result.trial.repeat})"
    if result.state != "ok":
        message = in_short(result.message) if is_short else result.message
        return f"{name}  {result.state}: {message}"
    end = f"  {CHANCE_LEVEL}" if result.learned is False else ""
    score = "" if result.score is None else f"{metric.head} {metric.text(result.score)}"
    return f"{name}  {score}{end}  {result.seconds:.1f} s"


def lost_line(lost: Lost) -> str:
    """Write a line about the trials whose worker died. If there are many, name only the first rates."""
    arm = lost.trials[0].arm if lost.trials else ""
    rates = some_of(distinct_rates([trial.lr for trial in lost.trials]), 3)
    state = "killed: " if lost.is_final else ""
    return f"{f'{arm}: ' if arm else ''}lr {rates}: {state}{lost.reason}"


def epoch_line(point: Point, tally: Tally) -> str:
    """Write a line about the result of an epoch."""
    name = trial_name(tally.running[point.trial][0], tally.rates)
    score = tally.score_of(point)
    parts = {
        "train_loss": f"train loss {point.train_loss:.4f}",
        "val_loss": f"val loss {point.val_loss:.4f}",
        "val_accuracy": f"val accuracy {point.val_accuracy:.3f}",
        **({} if tally.metric.name in EPOCH_METRICS else {tally.metric.name: score}),
        "grad_norm": f"gradient norm {significant(point.grad_norm)}",
    }
    known = [text for metric, text in parts.items() if metric in point.metrics]
    return f"  {name} epoch {point.epoch}: {', '.join([*known, f'{point.seconds:.1f} s'])}"
