"""Killed at any file operation, the store reads as a prefix, goes on from there, and comes to the same end."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

# Each attempt is a fork, so that the imports are paid once. The N-th call of an operation of `os` kills the process
# before it takes place; a write is half done first, which is worse.
DRIVER = """
import dataclasses, json, os, signal, sys
from pathlib import Path
from lrsearch.analysis.ranking import rank_results
from lrsearch.plans import Decision, Plan
from lrsearch.records import Result, Task, Trial
from lrsearch import store
from lrsearch.errors import RunNotFound

runs = Path(sys.argv[1])
TASK = Task(name="d", kind="images", shape=(1, 8, 8), n_classes=2, n_train=9, n_val=9, fingerprint="f")
PLAN = Plan(device=Decision("cpu", ""), precision=Decision("fp32", ""), engine=Decision("single", ""),
            executor=Decision("inline", ""), jobs=Decision(1, ""), stack=Decision(1, ""), threads=Decision(1, ""))
MANIFEST = store.Manifest(name="", strategy="grid", created="2026-01-31T12:00:00.000000+00:00", seed=0,
                          spec={}, command=(), task=TASK, plan=PLAN)
PLANNED = [Result(trial=Trial(number=n, proposal=n, lr=10.0**-n, horizon=1, until=1), state="ok", score=0.9,
                  scored_epoch=1, learned=True, correct=bytes([n] * 8)) for n in range(3)]

import lrsearch.store.log

lrsearch.store.log.since_epoch = lambda: 0.0  # logs of equal results are equal to the byte

def work(runs):
    try:
        run = store.find_run(runs, "x")
    except RunNotFound:
        run = store.create_run(runs, spec_name="d", strategy="grid", spec_yaml="seed: 0", manifest=MANIFEST, name="x")
    with store.hold_lock(run.path), store.TrialLog(run.log, run.correct) as log:
        known = log.contents.results
        for result in PLANNED[len(known):]:
            log.append(result)
        manifest = dataclasses.replace(store.read_manifest(run.manifest), finished=True)
        store.write_manifest(run.manifest, manifest)
        results = store.read_log(run.log, run.correct).results
        store.write_results(run, manifest, {}, rank_results(results), results)

def arm(fatal):
    calls = 0
    def wrap(name):
        real = getattr(os, name)
        def wrapped(*args, **kwargs):
            nonlocal calls
            calls += 1
            if calls == fatal:
                if name == "write":
                    real(args[0], args[1][: len(args[1]) // 2])
                os.kill(os.getpid(), signal.SIGKILL)
            return real(*args, **kwargs)
        setattr(os, name, wrapped)
    for name in ("open", "write", "fsync", "replace", "rename", "mkdir", "unlink", "ftruncate", "close"):
        wrap(name)

def in_child(folder, fatal):
    child = os.fork()
    if child == 0:
        arm(fatal)
        try:
            work(folder)
        except BaseException:
            import traceback
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

def contents(run):
    return {path.name: path.read_bytes().decode("latin-1") for path in run.path.iterdir() if path.name != ".lock"}

report, fatal, done = [], 0, False
while not done:
    fatal += 1
    folder = runs / str(fatal)
    folder.mkdir()
    code = in_child(folder, fatal)
    done = code == 0
    found = store.list_runs(folder)
    results = store.read_log(found[0].log, found[0].correct).results if found else ()
    whole = not found or (store.read_manifest(found[0].manifest).name == "x" and found[0].spec.read_text() == "seed: 0")
    resumed = in_child(folder, 0)
    left = [str(path) for path in folder.rglob(".*") if path.name != ".lock"]
    report.append({"code": code, "whole": whole, "prefix": list(results) == PLANNED[: len(results)],
                   "resumed": resumed, "left": left, "end": contents(store.find_run(folder, "x"))})
print(json.dumps(report))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="attempts are forks")
def test_killed_at_every_file_operation(tmp_path):
    """For every N: what is found is whole, a resume completes it, and the end is that of an uninterrupted run."""
    command = [sys.executable, "-c", DRIVER, str(tmp_path)]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (answer.returncode, answer.stderr) == (0, "")
    report = json.loads(answer.stdout)
    assert len(report) > 40
    *killed, uninterrupted = report
    assert {attempt["code"] for attempt in killed} == {-9}
    assert uninterrupted["code"] == 0
    for number, attempt in enumerate(report, start=1):
        assert attempt["whole"], number
        assert attempt["prefix"], number
        assert attempt["resumed"] == 0, number
        assert attempt["left"] == [], number
        assert attempt["end"] == uninterrupted["end"], number
