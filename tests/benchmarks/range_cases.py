"""The cases of `range_finders.py`, with the measured accuracy of each rate: `range_curves.csv`, made by lrsearch.

    python tests/benchmarks/range_cases.py --data ../shared/data

Fifteen cases: five of data and network, each under sgd with momentum 0.9, adam and adamw. Constant schedule, batch 64,
rates a quarter of a decade apart, 3 seeds (6 for CIFAR-10, which is noisier); `DATA` has the numbers of epochs.
`range_curves.csv` has one line for each rate, with the number of validation images that each seed got right, or `-` if
it collapsed or diverged. The method of `lrsearch range` was chosen on the cases of `DEVELOPMENT`; the others are held
out. The split was drawn before anything was measured, with each network and each optimizer in both halves. (The halves
are not independent, because adam and adamw differ little.)
"""

from __future__ import annotations

import argparse
import csv
import math
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
CURVES = Path(__file__).with_name("range_curves.csv")
CHANCE = 0.1
REPEATS = 3
"""Seeds for each `seed` of a case."""
SGD = {"low": 1e-4, "high": 10**0.5, "scale": "log"}  # 19 rates
ADAM = {"low": 1e-5, "high": 10**-0.5, "scale": "log"}  # 19 rates
OPTIMIZERS: dict[str, dict[str, Any]] = {
    "sgd": {"train.optimizer": {"name": "sgd", "momentum": 0.9}, "search.lr": SGD},
    "adam": {"train.optimizer": "adam", "search.lr": ADAM},
    "adamw": {"train.optimizer": "adamw", "search.lr": ADAM},
}
DATA: dict[str, dict[str, Any]] = {
    "digits-mlp": {"dataset": "digits", "train_size": None, "epochs": 20, "model": "mlp", "seeds": (0,)},
    "mnist-mlp": {"dataset": "mnist", "train_size": 4000, "epochs": 5, "model": "mlp", "seeds": (0,)},
    "mnist-cnn": {"dataset": "mnist", "train_size": 4000, "epochs": 4, "model": "cnn", "seeds": (0,)},
    "cifar-cnn": {"dataset": "arrays", "train_size": 4000, "epochs": 5, "model": "cnn", "seeds": (0, 1)},
    "cifar-convnet": {
        "dataset": "arrays",
        "train_size": 4000,
        "epochs": 4,
        "model": {"name": "convnet", "width": 0.5},
        "seeds": (0, 1),
    },
}
DEVELOPMENT = (
    "digits-mlp-sgd",
    "digits-mlp-adamw",
    "mnist-mlp-adam",
    "mnist-cnn-sgd",
    "mnist-cnn-adamw",
    "cifar-cnn-adam",
    "cifar-convnet-sgd",
    "cifar-convnet-adamw",
)
CASES = [f"{data}-{optimizer}" for data in DATA for optimizer in OPTIMIZERS]
HELD_OUT = tuple(case for case in CASES if case not in DEVELOPMENT)


@dataclass(frozen=True)
class Curve:
    """The accuracy of each rate and seed, in [0, 1]; NaN for a seed that failed; (k, n)."""

    case: str
    lrs: Floats
    scores: Floats

    @property
    def worth(self) -> Floats:
        """The worth of each rate in points: its mean over seeds, smoothed over neighbours within the noise; (k,)."""
        means = np.nan_to_num(self.scores, nan=CHANCE).mean(axis=1) * 100
        worth, near_by = np.empty_like(means), max(1.0, 2 * self.error)
        for i, own in enumerate(means):
            near = [means[j] for j in (i - 1, i + 1) if 0 <= j < means.size and abs(means[j] - own) < near_by]
            worth[i] = np.average([own, *near], weights=[2, *(1 for _ in near)])
        return worth

    @property
    def best(self) -> float:
        """The rate with the highest worth."""
        return float(self.lrs[self.worth.argmax()])

    @property
    def error(self) -> float:
        """Standard error of the difference of two rates' means, in points, from the spread over seeds near the best.

        It is computed over the four rates with the highest means. Seed effects are subtracted, because rates are
        compared on the same weights and batches.
        """
        scores = np.nan_to_num(self.scores, nan=CHANCE) * 100
        top = scores[np.argsort(scores.mean(axis=1))[-4:]]  # (4, n)
        left = top - top.mean(axis=1, keepdims=True) - top.mean(axis=0) + top.mean()
        k, n = top.shape
        return float(math.sqrt((left**2).sum() / ((k - 1) * (n - 1)) * 2 / n))

    def regret(self, lr: float | None) -> float:
        """Points below the best rate, linear in log lr between measured rates; for None, those of chance level."""
        worth = self.worth
        if lr is None or not lr > 0:
            return float(worth.max() - CHANCE * 100)
        return float(worth.max() - np.interp(math.log(lr), np.log(self.lrs), worth))


def load_curves() -> dict[str, Curve]:
    """The measured curves, by case."""
    rows: dict[str, list[dict[str, str]]] = {}
    with CURVES.open(newline="") as file:
        for row in csv.DictReader(file):
            rows.setdefault(row["curve"], []).append(row)
    curves = {}
    for case, of_case in rows.items():
        right = [[math.nan if cell == "-" else int(cell) for cell in row["right"].split()] for row in of_case]
        scores = np.array(right) / int(of_case[0]["n_val"])
        curves[case] = Curve(case, np.array([float(row["lr"]) for row in of_case]), scores)
    return curves


def make_spec(data: str, root: Path) -> dict[str, Any]:
    """The spec of a case without its optimizer."""
    given = DATA[data]
    of_data = {"dataset": given["dataset"], "train_size": given["train_size"], "batch_size": 64}
    if given["dataset"] == "mnist":
        of_data |= {"root": str(root), "val_fraction": 0.05}
    if given["dataset"] == "arrays":
        of_data |= {"path": str(root / "cifar10.npz"), "val_fraction": 0.06}
    return {"name": data, "data": of_data, "model": given["model"], "train": {"epochs": given["epochs"]}}


def measure(data: str, root: Path) -> list[str]:
    """Train one network with all optimizers and rates; returns the lines of the file."""
    from lrsearch import run_search

    search = {"points": 19, "repeats": REPEATS}
    arms = {f"{data}-{name}": overrides for name, overrides in OPTIMIZERS.items()}
    cells: dict[tuple[str, float], list[str]] = {}
    for seed in DATA[data]["seeds"]:
        spec = make_spec(data, root) | {"seed": seed, "search": search, "arms": arms}
        with tempfile.TemporaryDirectory() as folder:
            run = run_search(spec, "grid", runs_dir=folder, progress=False)
        n_val = run.manifest.task.n_val
        for result in run.results:
            count = str(round((result.score or 0.0) * n_val)) if result.is_candidate else "-"
            cells.setdefault((result.trial.arm, result.trial.lr), []).append(count)
    return [f"{case},{n_val},{lr:.6g},{' '.join(counts)}" for (case, lr), counts in sorted(cells.items())]


def main() -> None:
    """Measure, and write the file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of MNIST and cifar10.npz")
    given = parser.parse_args()
    lines = ["curve,n_val,lr,right"]
    for data in DATA:
        started = time.perf_counter()
        lines += measure(data, given.data)
        print(f"{data}: {time.perf_counter() - started:.0f} s", flush=True)
        CURVES.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
