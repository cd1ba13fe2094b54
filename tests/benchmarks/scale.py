"""Benchmark: how the time of a search depends on the number of its trials, images and jobs.

    python tests/benchmarks/scale.py

Trials are measured with the analytic trainer, whose trainings take no time: the time is that of the search itself, the
log and the tables. Images and jobs are measured with a real network. `--quick` measures a few of each.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path


def search(folder: str, name: str, *settings: str, analytic: bool = False) -> tuple[float, float, int]:
    """Run a random search as a process; returns its seconds, its `train_seconds` and its peak memory in MiB."""
    environment = {**os.environ, **({"LRSEARCH_TRAINER": "analytic"} if analytic else {})}
    command = [sys.executable, "-m", "lrsearch", "random", "-q", "--no-report", "--runs-dir", folder, "--name", name]
    started = time.perf_counter()
    process = subprocess.Popen(
        [*command, *settings], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    if os.waitstatus_to_exitcode(status) not in {0, 1}:
        raise RuntimeError(process.stderr.read().decode() if process.stderr else "")
    manifest = json.loads((Path(folder) / name / "run.json").read_text())
    return seconds, manifest["train_seconds"], usage.ru_maxrss // 1024


def show(folder: str, run: str) -> tuple[float, int]:
    """Seconds and peak memory in MiB of `lrsearch show`."""
    started = time.perf_counter()
    command = [sys.executable, "-m", "lrsearch", "show", run, "--runs-dir", folder]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise RuntimeError(f"show {run} ended with exit code {os.waitstatus_to_exitcode(status)}")
    return time.perf_counter() - started, usage.ru_maxrss // 1024


def main() -> None:
    """Measure and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true")
    given = parser.parse_args()
    trials = (10, 20) if given.quick else (100, 1000, 10_000)
    images = (200, 400) if given.quick else (2000, 4000, 8000, 16_000)
    with tempfile.TemporaryDirectory() as folder:
        print("random search, trainings that take no time")
        print(
            f"{'trials':>8s}{'whole s':>10s}{'search s':>10s}{'ms a trial':>12s}{'MiB':>6s}"
            f"{'show s':>8s}{'show MiB':>10s}"
        )
        for n_trials in trials:
            whole, part, mib = search(folder, f"trials-{n_trials}", "--trials", str(n_trials), analytic=True)
            shown, shown_mib = show(folder, f"trials-{n_trials}")
            print(
                f"{n_trials:8d}{whole:10.2f}{part:10.2f}{1e3 * part / n_trials:12.2f}{mib:6d}"
                f"{shown:8.2f}{shown_mib:10d}",
                flush=True,
            )
        cnn = ["--set", "data.dataset={name: synthetic, shape: [1, 28, 28], size: 17000}", "--set", "model=cnn"]
        cnn += ["--set", "data.val_fraction=0.03", "--trials", "2" if given.quick else "4", "--epochs", "1"]
        for jobs in sorted({1, os.cpu_count() or 1}):
            print(f"cnn, {cnn[-3]} rates x 1 epoch, --jobs {jobs}")
            for n_images in images:
                settings = ["--set", f"data.train_size={n_images}", "--jobs", str(jobs)]
                _, part, mib = search(folder, f"images-{n_images}-{jobs}", *cnn, *settings)
                print(
                    f"{n_images:8d} images{part:10.2f} s{1e6 * part / n_images:10.0f} us an image{mib:6d} MiB",
                    flush=True,
                )


if __name__ == "__main__":
    main()
