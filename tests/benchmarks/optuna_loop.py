"""lrsearch against the loop that people write: Optuna with a DataLoader, the same model, data, batches and epochs.

    python tests/benchmarks/optuna_loop.py digits
    python tests/benchmarks/optuna_loop.py mnist --data ../shared/data

Both sides are whole processes, in turn; the last line gives the median ratio, pair by pair. `--quick` runs
one small pair, to see that the benchmark itself works.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

CASES = {
    "digits": {"rates": 32, "epochs": 20, "batch_size": 64, "model": "mlp"},
    "mnist": {"rates": 8, "epochs": 2, "batch_size": 128, "model": "cnn"},
}


def peer(case: str, data: str, rates: int, epochs: int, train_size: int | None) -> None:
    """Run the loop as Optuna's and PyTorch's documentation write it, and print its training time."""
    import optuna
    import torch
    from torch import nn
    from torch.utils.data import DataLoader, TensorDataset

    from lrsearch.data import open_split
    from lrsearch.models import make_model
    from lrsearch.spec import make_spec

    settings = CASES[case]
    values = {"dataset": case, "train_size": train_size, "root": data if case == "mnist" else None}
    spec = make_spec({"data": {**values, "batch_size": settings["batch_size"]}, "model": settings["model"]})
    split = open_split(spec.data)
    shape = split.shape
    x_train = torch.tensor(split.x_train).float()
    mean, std = x_train.mean(), x_train.std()
    train_set = TensorDataset((x_train - mean) / std, torch.tensor(split.y_train))
    val_set = TensorDataset((torch.tensor(split.x_val).float() - mean) / std, torch.tensor(split.y_val))

    def objective(trial: optuna.Trial) -> float:
        lr = trial.suggest_float("lr", 1e-4, 3.0, log=True)
        model = make_model(settings["model"], spec.model.options, shape, 10, trial.number)
        optimizer = torch.optim.SGD(model.parameters(), lr=lr, momentum=0.9)
        accuracy = 0.0
        for _ in range(epochs):
            model.train()
            for images, labels in DataLoader(train_set, batch_size=settings["batch_size"], shuffle=True):
                optimizer.zero_grad()
                nn.functional.cross_entropy(model(images), labels).backward()
                optimizer.step()
            model.eval()
            with torch.no_grad():
                right = sum(
                    int((model(images).argmax(1) == labels).sum())
                    for images, labels in DataLoader(val_set, batch_size=1000)
                )
            accuracy = right / len(val_set)
        return accuracy

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(direction="maximize", sampler=optuna.samplers.RandomSampler(seed=0))
    started = time.perf_counter()
    study.optimize(objective, n_trials=rates)
    print(json.dumps({"train_seconds": time.perf_counter() - started}))


def run_peer(case: str, data: str, rates: int, epochs: int, train_size: int | None) -> tuple[float, float]:
    """Seconds of the whole process, and of its training."""
    command = [sys.executable, __file__, case, "--peer", "--data", data, "--rates", str(rates), "--epochs", str(epochs)]
    command += ["--train-size", str(train_size)] if train_size else []
    started = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return time.perf_counter() - started, json.loads(done.stdout.splitlines()[-1])["train_seconds"]


def run_ours(case: str, data: str, rates: int, epochs: int, train_size: int | None) -> tuple[float, float]:
    """Seconds of the whole process, and `train_seconds` of its run.json."""
    settings = CASES[case]
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "lrsearch", "random", "--trials", str(rates), "--epochs", str(epochs), "-q"]
        sets = {"data.dataset": case, "data.batch_size": settings["batch_size"], "model": settings["model"]}
        sets |= {"data.train_size": train_size} if train_size else {}
        for key, value in sets.items():
            command += ["--set", f"{key}={value}"]
        command += ["--low", "1e-4", "--high", "3", "--no-report", "--runs-dir", folder, "--name", "run"]
        environment = {**os.environ, "LRSEARCH_DATA": data}
        started = time.perf_counter()
        done = subprocess.run(command, env=environment, capture_output=True, check=False)
        seconds = time.perf_counter() - started
        if done.returncode not in {0, 1}:  # 1: no rate of so short a training could be recommended
            raise RuntimeError(done.stderr.decode())
        manifest = json.loads((Path(folder) / "run" / "run.json").read_text())
    return seconds, manifest["train_seconds"]


def main() -> None:
    """Run the pairs in turn and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("case", choices=CASES)
    parser.add_argument("--data", default="../shared/data")
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--peer", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--rates", type=int)
    parser.add_argument("--epochs", type=int)
    parser.add_argument("--train-size", type=int)
    given = parser.parse_args()
    settings = CASES[given.case]
    rates, epochs = given.rates or settings["rates"], given.epochs or settings["epochs"]
    train_size, pairs = given.train_size, given.pairs
    if given.quick:
        rates, epochs, pairs = 2, 1, 1
        train_size = 200
    if given.peer:
        peer(given.case, given.data, rates, epochs, train_size)
        return
    size = f", {train_size} images" if train_size else ""
    print(f"{given.case}: {rates} rates x {epochs} epochs{size}; {pairs} pairs, in turn")
    rows = []
    for _ in range(pairs):
        theirs, ours = (each(given.case, given.data, rates, epochs, train_size) for each in (run_peer, run_ours))
        rows.append((*theirs, *ours))
        print("  peer {:.2f} s (training {:.2f})   lrsearch {:.2f} s (training {:.2f})".format(*rows[-1]), flush=True)
    whole = statistics.median(row[0] / row[2] for row in rows)
    train = statistics.median(row[1] / row[3] for row in rows)
    print(f"ratio peer / lrsearch, median: whole process {whole:.2f}, training {train:.2f}")


if __name__ == "__main__":
    main()
