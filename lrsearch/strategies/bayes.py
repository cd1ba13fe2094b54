"""Bayesian search: Optuna's tree-structured Parzen estimator proposes; it owns no loop and no storage."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import optuna
from optuna.distributions import FloatDistribution
from optuna.trial import TrialState

from lrsearch.interfaces import Answer
from lrsearch.records import Result, Trial
from lrsearch.seeds import seed_for
from lrsearch.strategies.repeated import trials_of
from lrsearch.strategies.space import N_STARTUP, Space


class Bayes:
    """Proposes rates in batches, each from the results of the batches before it.

    Bergstra et al. 2011, "Algorithms for Hyper-Parameter Optimization", as `optuna.samplers.TPESampler`.

    A proposal is a pure function of (seed, its number, the results of the batches before, the rates proposed in its own
    batch): each is drawn by a fresh sampler seeded for its number. So a seed gives one search, wherever it was
    interrupted.
    """

    def __init__(
        self,
        space: Space,
        *,
        n_trials: int,
        batch: int,
        repeats: int,
        epochs: int,
        seed: int,
        told_score: Callable[[Result], float | None],
        known: Mapping[int, float],
        suggested: float | None = None,
    ) -> None:
        """Start with no proposal.

        Args:
            space: The range to search.
            n_trials: Proposals in all.
            batch: Proposals made before the next results are seen.
            repeats: Trainings for each proposal; the sampler is told their mean.
            epochs: Epochs of each training.
            seed: The spec's seed.
            told_score: What the sampler is told of a result; None for a fault, of which it is told nothing.
            known: Rates of proposals made before an interruption, by number: they stand, whatever the sampler of
                another version would say today.
            suggested: The rate to propose first, where it lies in the space; None: none.
        """
        self._space, self._seed, self._told_score = space, seed, told_score
        first = {} if suggested is None or not space.low <= suggested <= space.high else {0: suggested}
        self._known = {**first, **known}
        self._n_trials, self._batch, self._repeats, self._epochs = n_trials, batch, repeats, epochs
        self._study = quiet_study()
        self._distribution = FloatDistribution(space.low, space.high, log=space.scale == "log")
        self._asked: dict[int, optuna.Trial] = {}
        self._scores: dict[int, list[float]] = {}
        self._queue: list[Trial] = []
        self._n_proposed = 0
        self._n_results_due = 0

    def ask(self) -> Trial | Answer:
        """The next trial; WAIT at the end of a batch whose results are not all told."""
        if not self._queue:
            if self._n_results_due:
                return Answer.WAIT
            if self._n_proposed >= self._n_trials:
                return Answer.DONE
            self._propose_batch()
        return self._queue.pop(0)

    def tell(self, result: Result) -> None:
        """Take a result; the sampler sees it when its whole batch is in."""
        self._n_results_due -= 1
        score = self._told_score(result)
        if score is not None:
            self._scores.setdefault(result.trial.proposal, []).append(score)
        if self._n_results_due == 0:
            for number, trial in self._asked.items():
                scores = self._scores.get(number)
                if scores:
                    self._study.tell(trial, math.fsum(scores) / len(scores))
                else:
                    self._study.tell(trial, state=TrialState.FAIL)
            self._asked.clear()

    def _propose_batch(self) -> None:
        first = self._n_proposed
        # A batch ends at a multiple of its size, however the budget grows.
        last = min(self._n_trials, (first // self._batch + 1) * self._batch)
        rates = [self._propose(number) for number in range(first, last)]
        self._queue = list(trials_of(rates, first=first, repeats=self._repeats, epochs=self._epochs))
        self._n_results_due = len(self._queue)
        self._n_proposed = last

    def _propose(self, number: int) -> float:
        known = self._known.get(number)
        if known is not None:
            self._study.enqueue_trial({"lr": known})
        self._study.sampler = optuna.samplers.TPESampler(
            seed=seed_for(self._seed, "bayes", number) % 2**32,
            n_startup_trials=N_STARTUP,
            n_ei_candidates=24,
            multivariate=False,
            constant_liar=True,
        )
        trial = self._study.ask({"lr": self._distribution})
        self._asked[number] = trial
        return float(trial.params["lr"])


def quiet_study() -> optuna.Study:
    """An in-memory study to be maximised, without Optuna's own log lines."""
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    return optuna.create_study(direction="maximize", storage=optuna.storages.InMemoryStorage())
