"""Other searches on the curves of `auto`: grids, random rates, and Optuna's samplers and pruners at their defaults.

Their answer is the best rate that they saw, as in Optuna (`study.best_trial`).
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

import numpy as np
import optuna
from learning_curves import Table

from lrsearch.analysis.auto import AutoRun

optuna.logging.set_verbosity(optuna.logging.ERROR)
warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)


@dataclass(frozen=True)
class Played:
    """A search that was played: log10 of its answer, and its cost in whole trainings."""

    x: float | None
    spent: float


Peer: TypeAlias = Callable[[Table, np.random.Generator], Played]


def _best(runs: Iterable[AutoRun]) -> float | None:
    learned = [run for run in runs if run.learned]
    return max(learned, key=lambda run: run.score).x if learned else None


def grid(n: int, table: Table, rng: np.random.Generator) -> Played:
    """A grid with both ends of the range."""
    seeds = rng.permutation(table.n_seeds)
    return Played(_best(table.whole(x, 0, seeds) for x in np.linspace(*table.ends, n).tolist()), n)


def random(n: int, table: Table, rng: np.random.Generator) -> Played:
    """Random rates."""
    seeds = rng.permutation(table.n_seeds)
    return Played(_best(table.whole(x, 0, seeds) for x in rng.uniform(*table.ends, n).tolist()), n)


def optimize(
    n: int,
    sampler: Callable[[int], optuna.samplers.BaseSampler],
    pruner: Callable[[Table], optuna.pruners.BasePruner],
    table: Table,
    rng: np.random.Generator,
) -> Played:
    """Optuna, one trial after the other. A training that learned nothing scores as chance."""
    seeds = rng.permutation(table.n_seeds)
    study = optuna.create_study(direction="maximize", sampler=sampler(int(rng.integers(2**31))), pruner=pruner(table))
    spent = 0
    for _ in range(n):
        trial = study.ask()
        run = table.whole(trial.suggest_float("x", *table.ends), 0, seeds)
        is_pruned = False
        for epoch, score in enumerate(run.scores, start=1):
            spent += 1
            trial.report(score, epoch)
            if epoch < table.epochs and trial.should_prune():
                is_pruned = True
                break
        if is_pruned:
            study.tell(trial, state=optuna.trial.TrialState.PRUNED)
        else:
            study.tell(trial, run.score if run.learned else table.chance)
    return Played(study.best_trial.params["x"], spent / table.epochs)


def _no_pruner(_: Table) -> optuna.pruners.BasePruner:
    return optuna.pruners.NopPruner()


def _median(_: Table) -> optuna.pruners.BasePruner:
    return optuna.pruners.MedianPruner()


def _asha(_: Table) -> optuna.pruners.BasePruner:
    return optuna.pruners.SuccessiveHalvingPruner(min_resource=1, reduction_factor=2)


def _hyperband(table: Table) -> optuna.pruners.BasePruner:
    return optuna.pruners.HyperbandPruner(min_resource=1, max_resource=table.epochs)


def _tpe(seed: int) -> optuna.samplers.BaseSampler:
    return optuna.samplers.TPESampler(seed=seed)


def _gp(seed: int) -> optuna.samplers.BaseSampler:
    return optuna.samplers.GPSampler(seed=seed)


def _random(seed: int) -> optuna.samplers.BaseSampler:
    return optuna.samplers.RandomSampler(seed=seed)


PEERS: Mapping[str, Peer] = {
    "grid 9": partial(grid, 9),
    "grid 17": partial(grid, 17),
    "random 20": partial(random, 20),
    "TPE 10": partial(optimize, 10, _tpe, _no_pruner),
    "TPE 16": partial(optimize, 16, _tpe, _no_pruner),
    "TPE 50": partial(optimize, 50, _tpe, _no_pruner),
    "TPE 50, median": partial(optimize, 50, _tpe, _median),
    "random 32, ASHA": partial(optimize, 32, _random, _asha),
    "TPE 32, Hyperband": partial(optimize, 32, _tpe, _hyperband),
    "GP 16": partial(optimize, 16, _gp, _no_pruner),
}
