"""Thousands of tiny trials while workers are killed: memory and file descriptors stay flat."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import sys
import time
from pathlib import Path

import pytest

from .test_fault_table import workers_of


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc")
def test_soak(program):
    """2,000 trials of it (LRSEARCH_SOAK_TRIALS for more), a worker killed after each 30 to 90 results.

    Killed by results and not by the clock: where starting a worker takes longer than a fixed pause, each trial
    would be killed again and again, and three such trials in a row rightly end the search.
    """
    n_trials = int(os.environ.get("LRSEARCH_SOAK_TRIALS", "2000"))
    args = ["random", "--trials", str(n_trials), "--epochs", "2", "--name", "soak", "-q"]
    process = program.start(*args, "--set", "run.executor=processes", LRSEARCH_ANALYTIC_SECONDS="0.001")
    home, chance = Path(f"/proc/{process.pid}"), random.Random(0)
    program.wait_for("soak", 100)
    samples: list[tuple[int, int, int]] = []  # results, resident KiB, descriptors
    n_kills, next_kill = 0, 0
    while process.poll() is None:
        time.sleep(0.02)
        if program.n_logged("soak") < next_kill:
            continue
        with contextlib.suppress(OSError, IndexError, StopIteration):
            worker = chance.choice(workers_of(process))  # none once the search is over
            status = (home / "status").read_text().splitlines()
            resident = int(next(line for line in status if line.startswith("VmRSS")).split()[1])
            samples.append((program.n_logged("soak"), resident, len(list((home / "fd").iterdir()))))
            os.kill(worker, signal.SIGKILL)
            n_kills, next_kill = n_kills + 1, samples[-1][0] + chance.randint(30, 90)
    _, err = process.communicate()
    assert process.returncode == 0, err
    middle, last = samples[len(samples) // 2], samples[-1]
    sys.stdout.write(f"{last[0]} trials, {n_kills} kills; from the middle to the end {middle} -> {last}\n")
    assert n_kills > n_trials / 200
    assert last[2] <= middle[2] + 2
    assert last[1] - middle[1] < 10_000, "memory grows"
    rows = program.rows("soak")
    assert len({row["lr"] for row in rows}) == len(rows) == n_trials
    assert {row["state"] for row in rows} <= {"ok", "diverged", "killed"}
