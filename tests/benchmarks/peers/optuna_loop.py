"""The usual hand-written search: Optuna around PyTorch's training loop with a DataLoader, in memory."""

from __future__ import annotations

import json
import time

import optuna
from work import HIGH, LOW, given_work, make_loaders, train


def main() -> None:
    """Search, and print its seconds without imports and data loading."""
    work = given_work()
    loaders = make_loaders(work.spec)

    def objective(trial: optuna.Trial) -> float:
        lr = trial.suggest_float("lr", LOW, HIGH, log=True)
        return train(work.spec, lr, work.epochs, trial.number, loaders)

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(direction="maximize", sampler=optuna.samplers.RandomSampler(seed=0))
    started = time.perf_counter()
    study.optimize(objective, n_trials=work.rates)
    print(json.dumps({"train_seconds": time.perf_counter() - started}))


if __name__ == "__main__":
    main()
