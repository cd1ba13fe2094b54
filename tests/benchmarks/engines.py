"""Benchmark: what `engine: auto` and `executor: auto` choose, compared with the other ways, by model, size and trials.

    python tests/benchmarks/engines.py

Each row is one search on synthetic images. It runs in three ways, in turn, round after round: one trial at a time in
this process, one trial in each worker process, and all trials as one population. Figures are trials x images x epochs
for each second of `train_seconds` (median over rounds). The last column says what the rule chooses, and how much slower
that is than the fastest way.
`--quick` runs one small row once. For a GPU that small data would leave idle: `--images 10 --ways single,population`.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
from typing import Any

from lrsearch import run_search

WAYS = {
    "single": {"engine": "single", "executor": "inline"},
    "processes": {"engine": "single", "executor": "processes"},
    "population": {"engine": "population", "executor": "inline"},
}
ROWS: list[tuple[str, dict[str, Any], list[int], int, int]] = [
    # what, model, shape of an image, training images, trials
    ("mlp 64", {"name": "mlp"}, [1, 8, 8], 2000, 4),
    ("mlp 64", {"name": "mlp"}, [1, 8, 8], 2000, 16),
    ("mlp 64", {"name": "mlp"}, [1, 8, 8], 2000, 64),
    ("mlp 256", {"name": "mlp", "hidden": [256]}, [1, 28, 28], 4000, 4),
    ("mlp 256", {"name": "mlp", "hidden": [256]}, [1, 28, 28], 4000, 16),
    ("mlp 1024,1024", {"name": "mlp", "hidden": [1024, 1024]}, [1, 28, 28], 4000, 4),
    ("mlp 1024,1024", {"name": "mlp", "hidden": [1024, 1024]}, [1, 28, 28], 4000, 16),
    ("cnn 1/4 wide", {"name": "cnn", "width": 0.25}, [1, 8, 8], 2000, 16),
    ("cnn", {"name": "cnn"}, [1, 28, 28], 2000, 4),
    ("convnet", {"name": "convnet"}, [3, 32, 32], 1000, 4),
]


def measure(
    model: dict[str, Any], shape: list[int], n_images: int, n_trials: int, run: dict[str, Any]
) -> tuple[float, str]:
    """Measure one way; returns the images a second over all trials, and the way that was chosen."""
    epochs = 3
    values = {
        "data": {
            "dataset": {"name": "synthetic", "shape": shape, "size": n_images + 500},
            "val_fraction": 500 / (n_images + 500),
        },
        "model": model,
        "train": {"epochs": epochs, "optimizer": {"name": "sgd", "momentum": 0.9}},
        "search": {"trials": n_trials, "lr": {"low": 1e-3, "high": 1e-2}},
        "run": run,
    }
    with tempfile.TemporaryDirectory() as folder:
        manifest = run_search(values, "random", runs_dir=folder, progress=False).manifest
    chosen = {key: manifest.decisions[key].value for key in ("engine", "executor")}
    way = next((name for name, keys in WAYS.items() if keys == chosen), "population in processes")
    return n_trials * n_images * epochs / manifest.train_seconds, way


def main() -> None:
    """Measure the rows and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--images", type=int, default=1, help="times as many training images")
    parser.add_argument("--ways", default=",".join(WAYS), help="those to measure, with commas")
    parser.add_argument("--quick", action="store_true")
    given = parser.parse_args()
    ways = {way: WAYS[way] for way in given.ways.split(",")}
    rows = [("mlp 64", {"name": "mlp"}, [1, 8, 8], 200, 4)] if given.quick else ROWS
    print(f"images a second, {os.cpu_count()} cores")
    print(f"{'model':16s}{'image':>10s}{'trials':>8s}" + "".join(f"{way:>13s}" for way in ways) + "   the rule takes")
    for what, model, shape, n_images, n_trials in rows:
        speeds: dict[str, list[float]] = {way: [] for way in ways}
        for _ in range(1 if given.quick else given.rounds):
            for way, run in ways.items():
                speeds[way].append(measure(model, shape, given.images * n_images, n_trials, run)[0])
        medians = {way: statistics.median(values) for way, values in speeds.items()}
        _, taken = measure(model, shape, 100, n_trials, {})
        loss = 1 - medians[taken] / max(medians.values()) if taken in medians else float("nan")
        shown = "x".join(map(str, shape))
        print(
            f"{what:16s}{shown:>10s}{n_trials:8d}" + "".join(f"{medians[way]:13,.0f}" for way in ways),
            f"  {taken}" + (f" ({loss:.0%} slower than the fastest)" if loss > 0 else ""),
            flush=True,
        )


if __name__ == "__main__":
    main()
