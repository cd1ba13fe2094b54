"""Measures all that is said of GPUs, in one run: parity, speed, profiles, and other tools on the same data.

    python tests/gpu/measure.py --data ../shared/data/cifar10.npz

On one H100 it is meant to take eight minutes. Each part prints its table as soon as it has it.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent
SPEED, PEERS = str(HERE / "speed.py"), str(HERE.parent / "benchmarks" / "against_peers.py")
PARTS: dict[str, list[str]] = {
    "parity": ["-m", "pytest", "-q", str(HERE)],
    "aims": [SPEED, "--models", "cnn,convnet", "--batches", "512", "--rates", "1,4,8,16", "--profile"],
    "tuned": [
        *(SPEED, "--models", "cnn,convnet", "--batches", "512", "--rates", "1,8"),
        *("--precisions", "bf16", "--engines", "graph", "--tune-convolutions"),
    ],
    "table": [SPEED],
    "peers": [PEERS, "cifar10-gpu", "--rounds", "1", "--set", "run.engine=graph", "--set", "train.precision=bf16"],
}


def main() -> None:
    """Run the parts, one after another."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--parts", default=",".join(PARTS), help="those to run, with commas")
    parser.add_argument("--peers", default="optuna", help="optuna, ray or both, with a comma")
    parser.add_argument("--data", default="../shared/data/cifar10.npz")
    given = parser.parse_args()
    for part in given.parts.split(","):
        command = [sys.executable, *PARTS[part]]
        command += ["--data", given.data, "--peers", given.peers] if part == "peers" else []
        started = time.perf_counter()
        print(f"== {part}", flush=True)
        done = subprocess.run(command, check=False)
        print(f"== {part}: exit {done.returncode}, {time.perf_counter() - started:.0f} s", flush=True)


if __name__ == "__main__":
    main()
