"""Optuna's samplers, which propose the rates of `bayes`: TPE or a Gaussian process. Optuna does nothing else."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Mapping
from typing import Literal

import optuna
from optuna.distributions import FloatDistribution
from optuna.trial import TrialState

from lrsearch.catalog import VAL_ACCURACY, Metric
from lrsearch.interfaces import Answer
from lrsearch.records import Result, Trial
from lrsearch.seeds import seed_for
from lrsearch.strategies.repeated import trials_of
from lrsearch.strategies.space import N_STARTUP, Space, apart_from


class Bayes:
    """Proposes rates in rounds. Each round uses the results of all earlier rounds.

    Sources: for `tpe`, Bergstra et al. 2011, "Algorithms for Hyper-Parameter Optimization", as
    `optuna.samplers.TPESampler`; for `gp`, Snoek et al. 2012, "Practical Bayesian Optimization of Machine Learning
    Algorithms", as `optuna.samplers.GPSampler` (log expected improvement).

    A proposal depends only on the seed, the proposal's number, the results of earlier rounds, and the rates already
    proposed in its own round. A new sampler draws each proposal; its seed comes from the seed and the number. So a seed
    always gives the same search, even if the search is interrupted and resumed. A proposal that nearly repeats an
    earlier rate is moved (`apart_from`).
    """

    def __init__(
        self,
        space: Space,
        *,
        n_trials: int,
        round_size: int,
        repeats: int,
        epochs: int,
        seed: int,
        sampler_score: Callable[[Result], float | None],
        known: Mapping[int, float],
        suggested: float | None = None,
        sampler: Literal["tpe", "gp"] = "tpe",
        metric: Metric = VAL_ACCURACY,
    ) -> None:
        """Start without any proposals.

        Args:
            space: The range to search.
            n_trials: Total number of proposals.
            round_size: Number of proposals in a round. The sampler sees no new results within a round.
            repeats: Number of trainings for each proposal. The sampler is given their mean score.
            epochs: Epochs of each training.
            seed: The seed of the spec.
            sampler_score: Returns the score that the sampler is given for a result; None for a fault, which the sampler
                never sees.
            known: Rates of proposals made before an interruption, by number. These rates are kept, even if a different
                version of Optuna would propose different rates.
            suggested: The rate to propose first, if it lies in the space; None to let the sampler propose it.
            sampler: The method of Optuna.
            metric: The metric of the scores.
        """
        self._space, self._seed, self._sampler_score = space, seed, sampler_score
        self._sampler, self._metric = sampler, metric
        first = {} if suggested is None or not space.low <= suggested <= space.high else {0: suggested}
        self._known = {**first, **known}
        self._n_trials, self._round_size, self._repeats, self._epochs = n_trials, round_size, repeats, epochs
        self._study = quiet_study()
        self._distribution = FloatDistribution(space.low, space.high, log=space.scale == "log")
        self._asked: dict[int, optuna.Trial] = {}
        self._scores: dict[int, list[float]] = {}
        self._pruned: dict[int, Result] = {}
        self._queue: list[Trial] = []
        self._rates: list[float] = []
        self._n_proposed = 0
        self._n_results_due = 0

    @property
    def doing(self) -> str:
        """Nothing to say: the trials say it."""
        return ""

    def ask(self) -> Trial | Answer:
        """Return the next trial; WAIT at the end of a round until all results are in; DONE after the last round."""
        if not self._queue:
            if self._n_results_due:
                return Answer.WAIT
            if self._n_proposed >= self._n_trials:
                return Answer.DONE
            self._propose_round()
        return self._queue.pop(0)

    def tell(self, result: Result) -> None:
        """Take a result. The sampler sees the result when all results of the round are in."""
        self._n_results_due -= 1
        score = self._sampler_score(result)
        if result.state == "pruned":
            self._pruned[result.trial.proposal] = result
        elif score is not None:
            self._scores.setdefault(result.trial.proposal, []).append(score)
        if self._n_results_due == 0:
            for number, trial in self._asked.items():
                scores = self._scores.get(number)
                if number in self._pruned:
                    self._tell_pruned(trial, self._pruned[number])
                elif scores:
                    self._study.tell(trial, math.fsum(scores) / len(scores))
                else:
                    self._study.tell(trial, state=TrialState.FAIL)
            self._asked.clear()

    def _tell_pruned(self, trial: optuna.Trial, result: Result) -> None:
        """Tell the sampler a pruned training as Optuna does: with its metric after each epoch."""
        for point in result.points:
            trial.report(self._metric.oriented(point.metrics.get(self._metric.name, math.nan)), point.epoch)
        self._study.tell(trial, state=TrialState.PRUNED)

    def may_continue(self, trial: Trial) -> bool:  # noqa: ARG002  (no trial is partial)
        """Return False, because no proposal continues an earlier trial."""
        return False

    def _propose_round(self) -> None:
        first = self._n_proposed
        # Rounds end at multiples of the round size, so that a larger budget does not shift them.
        last = min(self._n_trials, (first // self._round_size + 1) * self._round_size)
        rates = [self._propose(number) for number in range(first, last)]
        self._queue = list(trials_of(rates, first=first, repeats=self._repeats, epochs=self._epochs))
        self._n_results_due = len(self._queue)
        self._n_proposed = last

    def _propose(self, number: int) -> float:
        known = self._known.get(number)
        if known is not None:
            self._study.enqueue_trial({"lr": known})
        self._study.sampler = _make_sampler(self._sampler, seed_for(self._seed, "bayes", number) % 2**32)
        trial = self._study.ask({"lr": self._distribution})
        rate = float(trial.params["lr"])
        apart = rate if known is not None else apart_from(rate, self._rates, self._space)
        if apart != rate:
            self._study.tell(trial, state=TrialState.FAIL)  # the estimator ignores a failed trial
            self._study.enqueue_trial({"lr": apart})
            trial = self._study.ask({"lr": self._distribution})
            rate = float(trial.params["lr"])
        self._asked[number] = trial
        self._rates.append(rate)
        return rate


def _make_sampler(name: Literal["tpe", "gp"], seed: int) -> optuna.samplers.BaseSampler:
    if name == "gp":
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            return optuna.samplers.GPSampler(seed=seed, n_startup_trials=N_STARTUP, deterministic_objective=False)
    return optuna.samplers.TPESampler(
        seed=seed, n_startup_trials=N_STARTUP, n_ei_candidates=24, multivariate=False, constant_liar=True
    )


def quiet_study() -> optuna.Study:
    """Create an in-memory Optuna study that maximises the score, without Optuna's own log line about it."""
    verbosity = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    try:
        return optuna.create_study(direction="maximize", storage=optuna.storages.InMemoryStorage())
    finally:
        optuna.logging.set_verbosity(verbosity)  # your own studies in this process still report
