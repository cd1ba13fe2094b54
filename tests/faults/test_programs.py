"""A search with a program, killed at random times: nothing is lost, and no process is left."""

from __future__ import annotations

import contextlib
import os
import random
import subprocess
from pathlib import Path

import pytest

from .conftest import Program, wait_until

STUB = """
sleep 600 &
(setsid sleep 600 &)
for epoch in 1 2 3; do
    echo $epoch >> {dir}/epochs
    [ "$(wc -l < {dir}/epochs)" = $epoch ] || exit 7
    sleep 0.01
    awk "BEGIN { x = log({lr}) / log(10) + 1; print \\"epoch $epoch val_acc=\\" exp(-x * x / (2 * $epoch)) }"
done
"""
"""It leaves two children, one of them in a session of its own, and fails if another attempt writes into its folder."""
SEARCHES = {
    "grid": ["grid", "--points", "7"],
    "workers": ["grid", "--points", "7", "--jobs", "3"],
    "random": ["random", "--trials", "6", "--jobs", "2"],
    "bayes": ["bayes", "--trials", "6"],
}


def processes_of(program: Program) -> list[Path]:
    """The processes of trials: all that have a folder of this test in their environment."""
    mark = f"LRSEARCH_DIR={program.folder}".encode()
    found = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        with contextlib.suppress(OSError):
            found += [path.parent] if mark in path.read_bytes() else []
    return found


def one_search(program: Program, chance: random.Random, kind: str, run: str, most_kills: int) -> int:
    """Search with the stub. Kill lrsearch at random times, at most so many times, and resume it; how often it was."""
    args = [*SEARCHES[kind], "--low", "0.001", "--high", "10", "--metric", "val_acc", "--name", run, "-q"]
    new = [*args, "--", "sh", "-c", STUB]
    n_kills, n_logged = 0, 0
    while True:
        made = program.path(run).exists()
        process = program.start(*(["resume", run, "-q"] if made else new))
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.communicate(timeout=chance.uniform(0.3, 2.0) if n_kills < most_kills else 250)
        ended = process.poll() is not None
        process.kill()
        _, err = process.communicate()
        if chance.random() < 0.5 or ended:  # else the next attempt begins while processes of this one still end
            wait_until(lambda: not processes_of(program))
        assert program.n_logged(run) >= n_logged
        n_logged = program.n_logged(run)
        if ended:
            assert process.returncode == 0, err
            return n_kills
        n_kills += 1


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="looks for processes in /proc")
@pytest.mark.fault(3)
@pytest.mark.slow
def test_killed_at_random_times(program):
    """10 times (LRSEARCH_KILL_ROUNDS for more): each search comes to the same table, and no process is left."""
    rounds = int(os.environ.get("LRSEARCH_KILL_ROUNDS", "10"))
    chance = random.Random(0)
    wholes: set[str] = set()
    n_kills, n_searches = 0, 0
    while n_kills < rounds:
        kind = list(SEARCHES)[n_searches % len(SEARCHES)]
        n_searches += 1
        if kind not in wholes:
            wholes.add(kind)
            one_search(program, chance, kind, f"whole-{kind}", most_kills=0)
        run = f"cut-{n_searches}"
        n_kills += one_search(program, chance, kind, run, most_kills=min(8, rounds - n_kills))
        program.assert_same_end(f"whole-{kind}", run)
