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
    """20 seconds of it (LRSEARCH_SOAK_SECONDS for more), a worker killed every half second or so."""
    seconds = float(os.environ.get("LRSEARCH_SOAK_SECONDS", "20"))
    args = ["random", "--trials", str(round(500 * seconds)), "--epochs", "2", "--max-time", f"{round(seconds)}s"]
    args += ["--name", "soak", "-q"]
    process = program.start(*args, "--set", "run.executor=processes", LRSEARCH_ANALYTIC_SECONDS="0.001")
    home, chance = Path(f"/proc/{process.pid}"), random.Random(0)
    program.wait_for("soak", 100)
    samples: list[tuple[int, int, int]] = []  # results, resident KiB, descriptors
    n_kills = 0
    while process.poll() is None:
        with contextlib.suppress(OSError, IndexError, StopIteration):
            worker = chance.choice(workers_of(process))  # none once the search is over
            status = (home / "status").read_text().splitlines()
            resident = int(next(line for line in status if line.startswith("VmRSS")).split()[1])
            samples.append((program.n_logged("soak"), resident, len(list((home / "fd").iterdir()))))
            os.kill(worker, signal.SIGKILL)
            n_kills += 1
        time.sleep(chance.uniform(0.3, 0.7))
    _, err = process.communicate()
    assert process.returncode == 0, err
    middle, last = samples[len(samples) // 2], samples[-1]
    sys.stdout.write(f"{last[0]} trials, {n_kills} kills; from the middle to the end {middle} -> {last}\n")
    assert n_kills > seconds / 2
    assert last[0] > 500
    assert last[2] <= middle[2] + 2
    assert last[1] - middle[1] < 10_000, "memory grows"
    rows = program.rows("soak")
    assert len({row["lr"] for row in rows}) == len(rows)
    assert {row["state"] for row in rows} <= {"ok", "diverged", "killed"}
