"""Benchmark: the CPU time that the machine that searches spends for each training, with Ray as executor.

    python tests/benchmarks/ray_driver.py

Trainings take no time (the analytic trainer), so all that is measured is the search: the log, the strategy, and Ray's
own calls. CPU time hardly depends on what else the machine does. The last table is the time of `ray.wait`, which grows
with the number of workers.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections import Counter
from contextlib import contextmanager
from functools import wraps

os.environ["LRSEARCH_TRAINER"] = "analytic"
os.environ["LRSEARCH_NO_REPORT"] = "1"

import ray

from lrsearch.executors.on_ray.cluster import disconnect
from lrsearch.interfaces import Listener
from lrsearch.records import Result
from lrsearch.runs import run_search
from lrsearch.search import _Asker
from lrsearch.spec import make_spec
from lrsearch.store import TrialLog

spent: Counter[str] = Counter()


def timed(owner, name, part):
    """Add the CPU time of a function, without what other parts take inside it, to a part."""
    function = getattr(owner, name)

    @wraps(function)
    def call(*args, **more):
        before, others = time.thread_time(), sum(spent.values())
        try:
            return function(*args, **more)
        finally:
            spent[part] += time.thread_time() - before - (sum(spent.values()) - others)

    setattr(owner, name, call)


@contextmanager
def parts():
    """Measure the parts of a search."""
    timed(ray, "get", "Ray")
    timed(ray, "wait", "Ray")
    timed(ray.actor.ActorMethod, "remote", "Ray")
    timed(TrialLog, "append", "log")
    timed(TrialLog, "sync_when_due", "log")
    timed(_Asker, "ask", "strategy")
    timed(_Asker, "tell", "strategy")
    yield


def measure(n_trials, n_epochs, address):
    """Search, and return the CPU milliseconds of each part for a training, between the 10th and the last result."""
    spec = make_spec(
        {
            "train": {"epochs": n_epochs},
            "search": {"lr": {"low": 1e-4, "high": 1}, "points": n_trials},
            "run": {"executor": "ray", "address": address, "checkpoint_seconds": None},
        }
    )
    n_results, first = 0, {}

    def saw(event):
        nonlocal n_results
        if isinstance(event, Result):
            n_results += 1
            if n_results in {10, n_trials}:
                now = {"main": time.thread_time(), "process": time.process_time(), **spent}
                first.update({f"{n_results == 10} {key}": value for key, value in now.items()})

    with tempfile.TemporaryDirectory() as folder:
        run_search(spec, runs_dir=folder, listener=Listener(saw=saw))
    of_each = {
        key: 1000 * (first[f"False {key}"] - first.get(f"True {key}", 0.0)) / (n_trials - 10)
        for key in ("main", "process", "Ray", "log", "strategy")
    }
    of_each["rest"] = of_each["main"] - of_each["Ray"] - of_each["log"] - of_each["strategy"]
    of_each["threads of Ray"] = of_each["process"] - of_each["main"]
    return of_each


def wait_seconds(n):
    """CPU seconds of one `ray.wait` for the first of n answers."""

    @ray.remote(num_cpus=0, max_concurrency=2)
    class Silent:
        def answer(self):
            time.sleep(3600)

    actor = Silent.remote()
    references = [actor.answer.remote() for _ in range(n)]
    ray.wait(references, timeout=0.1)
    before = time.thread_time()
    for _ in range(5):
        ray.wait(references, timeout=0)
    seconds = (time.thread_time() - before) / 5
    ray.kill(actor)
    return seconds


def main():
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--address", help="a cluster that runs; without it, one is started")
    given = parser.parse_args()
    quick = given.quick
    with parts():
        columns = ("strategy", "log", "rest", "Ray", "threads of Ray")
        print(
            f"{'trainings':>10s}{'epochs':>8s}" + "".join(f"{name:>16s}" for name in columns) + f"{'without Ray':>16s}"
        )
        for n_trials, n_epochs in ((30, 1),) if quick else ((500, 1), (500, 20), (2000, 1)):
            ms = measure(n_trials, n_epochs, given.address)
            own = ms["strategy"] + ms["log"] + ms["rest"]
            numbers = "".join(f"{ms[name]:13.2f} ms" for name in columns)
            print(f"{n_trials:10,d}{n_epochs:8d}{numbers}{own:13.2f} ms", flush=True)
    for n in (10,) if quick else (10, 100, 1000, 10_000):
        print(f"ray.wait for {n:6,d} workers: {1000 * wait_seconds(n):8.2f} ms", flush=True)
    disconnect()


if __name__ == "__main__":
    main()
