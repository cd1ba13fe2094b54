"""The strategy `halving`: trains many rates for few epochs, then the better rates for more epochs, and so on."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence

from lrsearch.analysis.ranking import unfinished_as_pruned
from lrsearch.catalog import Metric
from lrsearch.errors import UsageError
from lrsearch.interfaces import Answer
from lrsearch.records import Result, Trial
from lrsearch.spec import Spec, search_metric
from lrsearch.strategies.bounds import rungs
from lrsearch.strategies.grid import METHOD as GRID
from lrsearch.strategies.method import Method
from lrsearch.wording import counted

HALVE = "halve"
"""Stage of the trainings that continue those of the first rung."""

FIRST_SHARE = 1 / 8
"""The first rung ends after this share of the epochs. Replayed on 25 tables of learning curves, 17 rates cost 7.1
trainings and the recommended rate lost 0.19 points; from a quarter on 9.1 trainings and 0.20 points."""

FEWEST_WHOLE = 3
"""Minimum number of rates that are trained to the end, because a fitted curve needs three."""


class Halving:
    """Trains all rates up to the first rung, then the best of them up to the next one, and so on.

    Source: Jamieson and Talwalkar 2016, "Non-stochastic Best Arm Identification and Hyperparameter Optimization".
    """

    def __init__(self, rates: Sequence[float], *, ends: Sequence[int], eta: int, metric: Metric) -> None:
        """Plan the first rung.

        Args:
            rates: Learning rates, all different.
            ends: The epochs after which a rung ends; the last one ends a whole training.
            eta: One of this many rates goes on.
            metric: The metric of the scores.
        """
        self._proposals = {lr: proposal for proposal, lr in enumerate(rates)}
        self._ends, self._eta, self._metric = tuple(ends), eta, metric
        self._rung = self._n_asked = 0
        self._queue = deque(rates)
        self._told: list[Result] = []
        self._n_due = len(rates)

    @property
    def doing(self) -> str:
        """Which rung is being trained."""
        n, until, epochs = self._n_due, self._ends[self._rung], self._ends[-1]
        rung = f"rung {self._rung + 1} of {len(self._ends)}"
        return f"{rung}: {counted(n, 'rate')} up to epoch {until} of {epochs}"

    def ask(self) -> Trial | Answer:
        """Return the next trial; WAIT at the end of a rung until its results are in; DONE after the last rung."""
        if not self._queue:
            if len(self._told) < self._n_due:
                return Answer.WAIT
            if self._rung == len(self._ends) - 1 or not self._go_on():
                return Answer.DONE
        lr = self._queue.popleft()
        number, self._n_asked = self._n_asked, self._n_asked + 1
        return Trial(
            number=number,
            proposal=self._proposals[lr],
            lr=lr,
            horizon=self._ends[-1],
            until=self._ends[self._rung],
            stage=HALVE if self._rung else "",
        )

    def tell(self, result: Result) -> None:
        """Take a result."""
        self._told.append(result)

    def may_continue(self, trial: Trial) -> bool:
        """Whether the next rung may continue this trial."""
        return not trial.is_whole

    def _go_on(self) -> bool:
        """Choose the rates of the next rung. Return whether there are any."""
        best = sorted(filter(_has_score, self._told), key=self._order)[: n_kept(len(self._told), self._eta)]
        self._rung += 1
        self._queue = deque(result.trial.lr for result in sorted(best, key=lambda result: result.trial.proposal))
        self._told, self._n_due = [], len(self._queue)
        return bool(self._queue)

    def _order(self, result: Result) -> tuple[bool, float, float]:
        """Sort results: better results first, and rates that have not learned yet after rates that have."""
        return result.learned is False, -self._metric.oriented(result.score or 0.0), result.trial.lr


def _has_score(result: Result) -> bool:
    return result.state == "ok" and result.score is not None and math.isfinite(result.score)


def n_kept(n: int, eta: int) -> int:
    """Return how many of n rates go on."""
    return min(n, max(FEWEST_WHOLE, math.ceil(n / eta)))


def _ends(spec: Spec) -> tuple[int, ...]:
    epochs = spec.train.epochs
    first = spec.search.min_epochs or max(1, round(epochs * FIRST_SHARE))
    return (*rungs(first, spec.search.eta, epochs), epochs)


def _sizes(spec: Spec) -> list[int]:
    """Return the number of rates in each rung, if none of them breaks."""
    sizes = [GRID.n_rates(spec)]
    for _ in _ends(spec)[1:]:
        sizes.append(n_kept(sizes[-1], spec.search.eta))
    return sizes


def _cost(spec: Spec) -> float:
    """Return the maximum number of epochs that a search trains, in whole trainings."""
    ends = _ends(spec)
    steps = [end - begin for begin, end in zip((0, *ends), ends, strict=False)]
    return sum(n * step for n, step in zip(_sizes(spec), steps, strict=True)) / spec.train.epochs


def _rates(spec: Spec) -> tuple[float, ...] | None:
    """Plan the rates.

    Raises:
        UsageError: There is nothing to halve: one rate, one epoch, or a first rung that is a whole training.
    """
    search, epochs = spec.search, spec.train.epochs
    rates = GRID.rates(spec)
    if rates is not None and len(rates) < 2:
        raise UsageError("search.points: halving compares rates, but this is one rate; search 2 or more")
    if search.prune != "none":
        raise UsageError("search.prune: halving stops trainings itself; leave it out, or add --set search.prune=none")
    if epochs == 1:
        raise UsageError("train.epochs: halving needs 2 epochs or more; with 1 epoch, use `lrsearch grid`")
    if search.repeats != 1:
        raise UsageError("search.repeats: halving trains each rate with one seed; use search.confirm for more seeds")
    if search.min_epochs is not None and search.min_epochs >= epochs:
        raise UsageError(
            f"search.min_epochs: must be below train.epochs, {epochs}, got {search.min_epochs}; nothing would be halved"
        )
    return rates


def _ready(spec: Spec, has_epochs: bool | None) -> Spec:
    if has_epochs is False:
        raise UsageError(
            "halving: the program must be told its epochs; put {epochs} into its command, or stop poor trainings with "
            "`lrsearch grid --prune halving`"
        )
    return spec


def _remarks(spec: Spec) -> list[str]:
    lines = []
    if spec.train.early_stopping is not None:
        lines.append("train.early_stopping: rates are compared before it can stop them")
    if spec.train.schedule.name != "constant" or spec.train.warmup != 0:
        lines.append(
            "train.schedule: rates are compared before their schedules are over, when the best one may not lead yet; "
            "`lrsearch auto` gives its short trainings whole schedules"
        )
    return lines


METHOD = Method(
    rates=_rates,
    n_rates=GRID.n_rates,
    n_trials=GRID.n_trials,
    round_size=lambda _: None,
    words=lambda _: None,
    make=lambda spec, *_: Halving(
        _rates(spec) or (), ends=_ends(spec), eta=spec.search.eta, metric=search_metric(spec)
    ),
    epochs=lambda spec: _ends(spec)[0],
    budget=lambda spec: math.ceil(_cost(spec)),
    n_further=lambda spec: {HALVE: sum(_sizes(spec)[1:])},
    ready=_ready,
    remarks=_remarks,
    ranked=lambda spec, results: unfinished_as_pruned(results, spec.train.epochs),
)
