"""Benchmark: whether bf16 changes what a search finds. The same searches in fp32 and in bf16, seed by seed.

    python tests/benchmarks/precision.py run --data ../shared/data --out searches.jsonl
    python tests/benchmarks/precision.py table searches.jsonl

Each line of the file is one search: 12 rates, evenly spaced on the log scale. The table compares the two searches of
each seed: the distance of the recommended rates, in decades; whether each lies in the other's tie group; and what bf16
loses in validation accuracy, over all rates that are tied with the best in fp32. `run` needs a device that computes
bf16 in hardware. `--quick` runs one small pair, to test the benchmark itself.
"""

from __future__ import annotations

import argparse
import json
import math
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import t as student

import lrsearch

MNIST = {"dataset": "mnist", "train_size": 12_000, "val_fraction": 1 / 6, "batch_size": 128}
CIFAR = {"dataset": "arrays", "train_size": 15_000, "val_fraction": 0.2, "batch_size": 128}
DIGITS = {"dataset": "digits", "val_fraction": 0.4, "batch_size": 32}
FLIPPED = {**CIFAR, "augment": "flip-crop"}
SGD, ADAMW = {"name": "sgd", "momentum": 0.9}, {"name": "adamw", "weight_decay": 0.05}
SHALLOW = {"name": "convnet", "depth": 2}
CASES: dict[str, tuple[dict[str, Any], Any, dict[str, Any]]] = {
    "MNIST, cnn, sgd": (MNIST, "cnn", {"optimizer": SGD, "epochs": 3}),
    "MNIST, cnn, adam": (MNIST, "cnn", {"optimizer": "adam", "epochs": 3}),
    "MNIST, convnet, adamw, cosine": (MNIST, "convnet", {"optimizer": ADAMW, "epochs": 3, "schedule": "cosine"}),
    "CIFAR-10, convnet, sgd, one-cycle": (FLIPPED, "convnet", {"optimizer": SGD, "epochs": 6, "schedule": "onecycle"}),
    "CIFAR-10, convnet, adam": (CIFAR, "convnet", {"optimizer": "adam", "epochs": 4}),
    "CIFAR-10, cnn, adamw, cosine": (CIFAR, "cnn", {"optimizer": ADAMW, "epochs": 4, "schedule": "cosine"}),
    "digits, cnn, sgd": (DIGITS, "cnn", {"optimizer": SGD, "epochs": 10}),
    "digits, convnet, adam, cosine": (DIGITS, SHALLOW, {"optimizer": "adam", "epochs": 6, "schedule": "cosine"}),
    "CIFAR-10, resnet18, sgd, cosine": (
        {**FLIPPED, "train_size": 6_000},
        "resnet18",
        {"optimizer": SGD, "epochs": 3, "schedule": "cosine"},
    ),
}


def search(case: str, precision: str, seed: int, given: argparse.Namespace) -> dict[str, Any]:
    """Run one search; returns what it found."""
    data, model, train = CASES[case]
    if data["dataset"] == "mnist":
        data = {**data, "root": given.data}
    if data["dataset"] == "arrays":
        data = {**data, "path": given.cifar or f"{given.data}/cifar10.npz"}
    points = 12
    if given.quick:
        data, train, points = {**DIGITS, "train_size": 200}, {**train, "epochs": 1}, 3
    values = {
        "seed": seed,
        "data": data,
        "model": model,
        "train": {**train, "precision": precision},
        "search": {"points": points, "lr": {"low": 1e-4, "high": 3.0}},
        "run": {"engine": given.engine},
    }
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        run = lrsearch.run_search(values, "grid", runs_dir=folder, progress=False)
        evidence = run.evidence[""]
        found = {
            "case": case,
            "precision": precision,
            "seed": seed,
            "recommended": run.recommended,
            "expected": None if evidence is None else evidence.recommendation.expected,
            "tied": [] if evidence is None else [evidence.tied_low, evidence.tied_high],
            "n_tied": 0 if evidence is None else len(evidence.tied),
            "scores": {f"{row.trial.lr:.6g}": row.score for row in run.results},
        }
    return found | {"seconds": time.perf_counter() - started}


def run_all(given: argparse.Namespace) -> None:
    """Run seed after seed, until all are done or the time is up; append a line for each search."""
    end = time.monotonic() + given.seconds
    cases = given.cases.split(";") if given.cases else list(CASES)
    with Path(given.out).open("a", encoding="utf-8") as file:
        for seed in range(given.first_seed, given.first_seed + given.seeds):
            for case in cases[:1] if given.quick else cases:
                for precision in ("fp32", "bf16"):
                    if time.monotonic() > end:
                        return
                    file.write(json.dumps(search(case, precision, seed, given)) + "\n")
                    file.flush()


def print_table(path: Path) -> None:
    """Print a row for each case, and one for all."""
    found: dict[str, dict[int, dict[str, Any]]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        found.setdefault(row["case"], {}).setdefault(row["seed"], {})[row["precision"]] = row
    print(f"{'':34s}seeds  decades apart  in both ties  tied fp32, bf16  expected, points  accuracy, points")
    of_all: list[dict[str, Any]] = []
    for case, seeds in found.items():
        pairs = [compare(pair) for pair in seeds.values() if len(pair) == 2]
        of_all += pairs
        print(_row(case, pairs))
    print(_row("all", of_all))
    for name in ("expected", "lost"):
        values = np.array([pair[name] for pair in of_all])
        bound = values.mean() + student.ppf(0.95, len(values) - 1) * values.std(ddof=1) / math.sqrt(len(values))
        print(f"{name}: mean {values.mean():+.3f} points, upper 95 % bound {bound:+.3f}")


def compare(pair: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Compare the two searches of one seed. Positive losses, in points, mean that bf16 is worse."""
    fp32, bf16 = pair["fp32"], pair["bf16"]
    tied = [lr for lr in fp32["scores"] if _lies_in(float(lr), fp32["tied"])]
    losses = [(fp32["scores"][lr] or 0.0) - (bf16["scores"][lr] or 0.0) for lr in tied]
    return {
        "decades": abs(math.log10(fp32["recommended"] / bf16["recommended"])),
        "agree": _lies_in(fp32["recommended"], bf16["tied"]) and _lies_in(bf16["recommended"], fp32["tied"]),
        "n_tied": (fp32["n_tied"], bf16["n_tied"]),
        "expected": 100 * (fp32["expected"] - bf16["expected"]),
        "lost": 100 * float(np.mean(losses)),
    }


def _lies_in(lr: float, ends: list[float]) -> bool:
    return ends[0] * 0.999 <= lr <= ends[1] * 1.001


def _row(case: str, pairs: list[dict[str, Any]]) -> str:
    def mean(key: str) -> float:
        return float(np.mean([pair[key] for pair in pairs]))

    tied = np.mean([pair["n_tied"] for pair in pairs], axis=0)
    return (
        f"{case:34s}{len(pairs):5d}  {mean('decades'):13.2f}  {mean('agree'):12.0%}  {tied[0]:9.1f}, {tied[1]:.1f}"
        f"  {mean('expected'):+16.2f}  {mean('lost'):+16.2f}"
    )


def main() -> None:
    """Run the searches, or print the table of those that were run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)
    run = commands.add_parser("run")
    run.set_defaults(work=run_all)
    run.add_argument("--data", default="../shared/data", help="folder with MNIST and cifar10.npz")
    run.add_argument("--cifar", help="another file with CIFAR-10")
    run.add_argument("--out", required=True)
    run.add_argument("--seeds", type=int, default=5)
    run.add_argument("--first-seed", type=int, default=0)
    run.add_argument("--seconds", type=float, default=math.inf, help="begin no search after this time")
    run.add_argument("--cases", help="those to run, with semicolons")
    run.add_argument("--engine", default="auto")
    run.add_argument("--quick", action="store_true")
    table = commands.add_parser("table")
    table.set_defaults(work=lambda given: print_table(Path(given.file)))
    table.add_argument("file")
    given = parser.parse_args()
    given.work(given)


if __name__ == "__main__":
    main()
