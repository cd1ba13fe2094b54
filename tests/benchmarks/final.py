"""Benchmark: does a search keep its word? The expected score against the test score of the final training.

    python tests/benchmarks/final.py --root ../shared/data

Each search is a grid of 8 rates (one or two seeds), and its recommended rate is trained once more and tested. Families:
digits in several splits (297 test images, always the same), synthetic images (new patterns in each search) and 1,000
images of MNIST (10,000 test images), with an mlp and a cnn. Columns: share of the searches whose test score lies in the
95 % interval, median width of the interval, mean of test minus expected score (points). `--searches 8` makes fewer.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

import lrsearch
from lrsearch.final import FinalTest
from lrsearch.plans import FinalPlan
from lrsearch.spec import change_spec

SILENT = lrsearch.Listener()


def families(root: Path | None) -> dict[str, dict[str, object]]:
    """Return the settings of each family by its name."""
    found: dict[str, dict[str, object]] = {
        "digits, mlp": {"data.dataset": "digits", "model": {"name": "mlp", "hidden": [32]}, "train.epochs": 8},
        "digits, cnn": {"data.dataset": "digits", "model": {"name": "cnn", "width": 0.5}, "train.epochs": 3},
        "synthetic, mlp": {
            "data.dataset": {"name": "synthetic", "size": 1500},
            "model": {"name": "mlp", "hidden": [32]},
            "train.epochs": 3,
        },
    }
    if root is not None:
        for name, model in (("mlp", {"name": "mlp", "hidden": [32]}), ("cnn", {"name": "cnn", "width": 0.5})):
            found[f"MNIST, {name}"] = {
                "data.dataset": "mnist",
                "data.root": str(root),
                "data.train_size": 1000,
                "model": model,
                "train.epochs": 3,
            }
    return found


def searches(settings: dict[str, object], n: int, folder: Path) -> Iterator[tuple[FinalPlan, FinalTest]]:
    """Search and train n times, with other seeds and splits each time. Yield what was expected, and the result."""
    for seed in range(n):
        changes = {
            **settings,
            "seed": seed,
            "data.split_seed": seed,
            "search.points": 8,
            "search.repeats": 1 + seed % 2,
        }
        spec = change_spec(lrsearch.load_spec(), {**changes, "search.lr": {"low": 3e-3, "high": 1.0}})
        run = lrsearch.run_search(spec, name=f"search-{seed}", runs_dir=folder, listener=SILENT)
        done = lrsearch.run_training(run.path, name=f"final-{seed}", runs_dir=folder, listener=SILENT)
        if done.final is not None and done.manifest.final is not None:
            yield done.manifest.final, done.final


def main() -> None:
    """Print one row for each family, and one for all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", type=Path, help="data root with MNIST; without it, MNIST is left out")
    parser.add_argument("--searches", type=int, default=40, help="searches of each family")
    parser.add_argument("--family", action="append", help="only this family: 'MNIST, cnn'")
    options = parser.parse_args()
    print(f"{'family':<16} searches  inside  median width  test - expected (points)")
    rows = []
    for name, settings in families(options.root).items():
        if options.family and name not in options.family:
            continue
        started = time.monotonic()
        with tempfile.TemporaryDirectory() as folder:
            pairs = list(searches(settings, options.searches, Path(folder)))
        row = np.array(
            [
                (low <= test.mean <= high, 100 * (high - low), 100 * (test.mean - plan.expected))
                for plan, test in pairs
                if (low := test.low) is not None
                and (high := test.high) is not None
                and test.mean is not None
                and plan.expected is not None
            ]
        )
        rows.append(row)
        _print(name, row, time.monotonic() - started)
    _print("all", np.concatenate(rows), 0.0)


def _print(name: str, row: np.ndarray, seconds: float) -> None:
    inside, width, bias = row.mean(0)[0], np.median(row[:, 1]), row[:, 2]
    error = bias.std(ddof=1) / len(bias) ** 0.5
    print(
        f"{name:<16} {len(row):>8}  {inside:>6.1%}  {width:>12.1f}  {bias.mean():>+7.2f} +- {1.96 * error:.2f}"
        f"  ({seconds:.0f} s)",
        flush=True,
    )


if __name__ == "__main__":
    main()
