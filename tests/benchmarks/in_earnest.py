"""Benchmark: `auto` against `bayes --trials 50` and a grid of 17, by real trainings.

    python tests/benchmarks/in_earnest.py --seeds 8          # digits mlp, and MNIST cnn with 2,000 images
    python tests/benchmarks/in_earnest.py --only digits

Each search runs as a user would run it, with another seed each time. The rates that the searches recommend are then
trained with `--judges` new seeds, the same for all of them.

`cost`: whole trainings; a shorter one counts as its share. `seconds`: of the search. `worth`: accuracy of the
recommended rate over the new seeds, in points, with the standard error over searches. `expected`: how often the worth
lies in the 95 % interval that `auto` states. MNIST is looked for in ../shared/data beside the checkout, and downloaded
if it is not there.
"""

from __future__ import annotations

import argparse
import math
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from lrsearch.runs import Run, run_search

SEARCHES: dict[str, tuple[str, dict[str, object]]] = {
    "auto": ("auto", {}),
    "bayes 50": ("bayes", {"trials": 50}),
    "grid 17": ("grid", {"points": 17}),
}
SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
SPECS: dict[str, dict[str, Any]] = {
    "digits": {"data": {"dataset": "digits"}, "model": "mlp", "train": {"epochs": 16}},
    "mnist": {
        "data": {"dataset": "mnist", "train_size": 2000, **({"root": str(SHARED)} if SHARED.is_dir() else {})},
        "model": "cnn",
        "train": {"epochs": 8, "optimizer": "adam"},
    },
}


def searched(spec: dict[str, Any], name: str, seed: int, folder: str) -> tuple[Run, float]:
    """Run a search. Return it, and its seconds."""
    strategy, keys = SEARCHES[name]
    started = time.perf_counter()
    run = run_search({**spec, "seed": seed, "search": keys}, strategy, runs_dir=folder, progress=False)
    return run, time.perf_counter() - started


def cost(run: Run) -> float:
    """Return the epochs that a run trained, in whole trainings."""
    longest: dict[tuple[object, ...], int] = {}
    for result in run.results:
        key = (result.trial.lr, result.trial.repeat, result.trial.horizon)
        longest[key] = max(longest.get(key, 0), len(result.points))
    return sum(longest.values()) / run.spec.train.epochs


def worths(spec: dict[str, Any], rates: list[float], n_judges: int, folder: str) -> dict[float, float]:
    """Train rates with new seeds. Return the mean accuracy of each, in points; a seed that broke counts as 0."""
    search = {"lr": sorted(set(rates)), "repeats": n_judges}
    run = run_search({**spec, "seed": 10_000, "search": search}, "grid", runs_dir=folder, progress=False)
    scores: dict[float, list[float]] = {}
    for result in run.results:
        scores.setdefault(result.trial.lr, []).append(100 * (result.score or 0.0))
    return {lr: sum(of_rate) / len(of_rate) for lr, of_rate in scores.items()}


def main() -> None:
    """Run the searches and print a line for each kind."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=8)
    parser.add_argument("--judges", type=int, default=16)
    parser.add_argument("--only", choices=list(SPECS))
    given = parser.parse_args()
    print(f"{'task':9s}{'search':10s}{'cost':>7s}{'seconds':>9s}{'worth':>16s}{'expected':>10s}")
    for task, spec in SPECS.items():
        if given.only not in {None, task}:
            continue
        with tempfile.TemporaryDirectory() as folder:
            runs = {name: [searched(spec, name, seed, folder) for seed in range(given.seeds)] for name in SEARCHES}
            rates = [run.recommended for of_kind in runs.values() for run, _ in of_kind if run.recommended is not None]
            worth = worths(spec, rates, given.judges, folder)
        for name, of_kind in runs.items():
            values = np.array([worth[run.recommended] for run, _ in of_kind if run.recommended is not None])
            covered = []
            for run, _ in of_kind:
                found = run.found.get("")
                if found is not None and found.expected_low is not None and found.expected_high is not None:
                    covered.append(100 * found.expected_low <= worth[found.lr or 0.0] <= 100 * found.expected_high)
            error = values.std(ddof=1) / math.sqrt(values.size) if values.size > 1 else math.nan
            held = f"{np.mean(covered):10.0%}" if covered else f"{'-':>10s}"
            seconds = np.mean([each for _, each in of_kind])
            print(
                f"{task:9s}{name:10s}{np.mean([cost(run) for run, _ in of_kind]):7.2f}{seconds:9.0f}"
                f"{values.mean():9.2f} ±{error:5.2f}{held}",
                flush=True,
            )


if __name__ == "__main__":
    main()
