"""Benchmark: lrsearch compared with the tools that people use today, with the same model, data, batches and epochs.

    python tests/benchmarks/against_peers.py digits
    python tests/benchmarks/against_peers.py mnist --data ../shared/data
    python tests/benchmarks/against_peers.py cifar10 --data ../shared/data/cifar10.npz
    python tests/benchmarks/against_peers.py cifar10-gpu --data ../shared/data/cifar10.npz --set run.engine=graph

Peers: `optuna` (Optuna around a DataLoader loop), `ray` (Ray Tune, one trial a core; pip install "ray[tune]"),
`processes` (a process for each trial). Every tool runs as a whole process, in turn, round after round. The table gives
the time of each peer divided by that of lrsearch: the median over rounds. `--quick` runs one small round, to test the
benchmark itself.
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
from typing import Any

PEERS = {"optuna": "optuna_loop", "ray": "ray_tune", "processes": "process_per_trial"}
CASES: dict[str, dict[str, Any]] = {
    "digits": {"rates": 32, "epochs": 20, "data": {"batch_size": 64}, "model": "mlp"},
    "mnist": {"rates": 8, "epochs": 2, "data": {"batch_size": 128}, "model": "cnn"},
    "cifar10": {
        "rates": 4,
        "epochs": 1,
        "data": {"batch_size": 128, "augment": "flip-crop", "train_size": 20_000},
        "model": "convnet",
    },
    "cifar10-gpu": {
        "rates": 32,
        "epochs": 8,
        "data": {"batch_size": 512, "augment": "flip-crop"},
        "model": "convnet",
    },
}


def make_case(given: argparse.Namespace) -> dict[str, Any]:
    """The spec of a case, the same for lrsearch and its peers, with the number of rates and epochs."""
    case = CASES[given.case]
    data = dict(case["data"])
    if given.case.startswith("cifar10"):
        data |= {"dataset": "arrays", "path": given.data}
    else:
        data |= {"dataset": given.case}
        data |= {"root": given.data} if given.case == "mnist" else {}
    train_size = 200 if given.quick else given.train_size
    data |= {"train_size": train_size} if train_size else {}
    rates = 2 if given.quick else given.rates or case["rates"]
    epochs = 1 if given.quick else given.epochs or case["epochs"]
    return {"rates": rates, "epochs": epochs, "spec": {"data": data, "model": case["model"]}}


def run_peer(peer: str, case: dict[str, Any]) -> tuple[float, float]:
    """Run a peer; returns the seconds of the whole process, and those of its search."""
    script = Path(__file__).parent / "peers" / f"{PEERS[peer]}.py"
    started = time.perf_counter()
    done = subprocess.run([sys.executable, script, json.dumps(case)], capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - started
    if done.returncode:
        raise RuntimeError(done.stderr)
    return seconds, json.loads(done.stdout.splitlines()[-1])["train_seconds"]


def run_lrsearch(case: dict[str, Any], settings: list[str]) -> tuple[float, float]:
    """Run lrsearch; returns the seconds of the whole process, and `train_seconds` of its run.json."""
    with tempfile.TemporaryDirectory() as folder:
        spec = {**case["spec"], "train": {"epochs": case["epochs"], "optimizer": {"name": "sgd", "momentum": 0.9}}}
        spec["search"] = {"lr": {"low": 1e-4, "high": 3.0}, "trials": case["rates"]}
        path = Path(folder) / "spec.yaml"
        path.write_text(json.dumps(spec))  # JSON is YAML
        command = [sys.executable, "-m", "lrsearch", "random", str(path), "-q", "--no-report", "--runs-dir", folder]
        command += ["--name", "run", *(f"--set={setting}" for setting in settings)]
        started = time.perf_counter()
        done = subprocess.run(command, capture_output=True, check=False)
        seconds = time.perf_counter() - started
        if done.returncode not in {0, 1}:  # 1: no rate learned in so short a training
            raise RuntimeError(done.stderr.decode())
        manifest = json.loads((Path(folder) / "run" / "run.json").read_text())
    return seconds, manifest["train_seconds"]


def main() -> None:
    """Run the rounds and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("case", choices=CASES)
    parser.add_argument("--data", default="../shared/data")
    parser.add_argument("--peers", default="optuna", help="names, with commas: " + ", ".join(PEERS))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--set", action="append", default=[], help="a setting of lrsearch's spec: key=value")
    parser.add_argument("--rates", type=int)
    parser.add_argument("--epochs", type=int)
    parser.add_argument("--train-size", type=int)
    parser.add_argument("--quick", action="store_true")
    given = parser.parse_args()
    given.data = str(Path(given.data).resolve())
    case, peers = make_case(given), given.peers.split(",")
    size = case["spec"]["data"].get("train_size")
    print(
        f"{given.case}, {case['spec']['model']}: {case['rates']} rates x {case['epochs']} epochs"
        f"{f' of {size} images' if size else ''}, {os.cpu_count()} cores {' '.join(given.set)}"
    )
    rounds: list[dict[str, tuple[float, float]]] = []
    for _ in range(1 if given.quick else given.rounds):
        rounds.append({peer: run_peer(peer, case) for peer in peers} | {"lrsearch": run_lrsearch(case, given.set)})
        print(
            "  " + "   ".join(f"{who} {whole:.1f} s ({part:.1f})" for who, (whole, part) in rounds[-1].items()),
            flush=True,
        )
    for peer in peers:
        whole, part = (statistics.median(row[peer][i] / row["lrsearch"][i] for row in rounds) for i in (0, 1))
        print(f"ratio {peer} / lrsearch, median: whole process {whole:.2f}, training {part:.2f}")


if __name__ == "__main__":
    main()
