"""Simulation: how far the strategies stay efficient as the number of workers grows, from 1 to 1,000.

    python tests/benchmarks/workers.py

The real main path and the real strategies run against simulated workers. Results come from the analytic trainer, times
from a formula: an epoch takes 60 s, times a factor that differs between trainings (log-normal, sigma 0.25: nodes and
neighbours differ), and each training takes 20 s to start. Nothing is waited for: a clock jumps from event to event.
"""

from __future__ import annotations

import argparse
import heapq
import math
import os
import random
from dataclasses import dataclass, field

os.environ["LRSEARCH_TRAINER"] = "analytic"

from lrsearch.analysis.ranking import constant_score, sampler_score
from lrsearch.executors import StopSwitch
from lrsearch.plans import Worker
from lrsearch.records import Result
from lrsearch.search import search
from lrsearch.seeds import seed_for
from lrsearch.spec import make_spec, search_metric
from lrsearch.strategies import make_search
from lrsearch.training.analytic import make_trainer, prepare

EPOCH_SECONDS, START_SECONDS, SPREAD = 60.0, 20.0, 0.25
WORKERS = (1, 4, 16, 64, 256, 1000)
BEST_RATE = 0.1  # of the formula


@dataclass
class Clock:
    """Simulated workers: an executor whose trainings end by the clock."""

    slots: int
    train: object
    now: float = 0.0
    busy_seconds: float = 0.0
    n_trained: int = 0
    _running: list = field(default_factory=list)
    _waiting: list = field(default_factory=list)

    def submit(self, stack):
        """Start a training on a free worker, or queue it."""
        self._waiting.append(stack)
        self._start()

    def events(self):
        """Jump to the end of the next training, and yield its events."""
        if not self._running:
            return
        self.now, _, events = heapq.heappop(self._running)
        self._start()
        yield from events

    def _start(self):
        while self._waiting and len(self._running) < self.slots:
            stack = self._waiting.pop(0)
            events = list(self.train(stack, StopSwitch()))
            n_epochs = sum(len(event.points) for event in events if isinstance(event, Result))
            draw = random.Random(seed_for(0, "duration", stack[0].number))
            seconds = START_SECONDS + n_epochs * EPOCH_SECONDS * math.exp(draw.gauss(0.0, SPREAD))
            self.busy_seconds += seconds
            self.n_trained += len(stack)
            heapq.heappush(self._running, (self.now + seconds, stack[0].number, events))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return None


def simulate(strategy, values, n_workers):
    """Search with simulated workers; the clock at its end, and the best rate."""
    spec = make_spec({"train": {"epochs": 20}, **values})
    task, metric = prepare(spec).task, search_metric(spec)
    score = sampler_score(constant_score(metric, task), metric)
    made = make_search(
        strategy, {"": spec}, sampler_score=lambda _, result: score(result), known={"": {}}, task_of=lambda _: task
    )
    clock, results = Clock(n_workers, make_trainer(spec, Worker())), []
    search(made, clock, known={}, record=results.append, may_ask=lambda: True, should_stop=lambda: False)
    whole = [result for result in results if result.is_candidate and result.trial.is_whole]
    return clock, max(whole, key=lambda result: result.score).trial.lr


def cases(n_workers):
    """The searches, by name: strategy and spec."""
    wide = {"low": 1e-5, "high": 10}
    bayes = {"lr": wide, "trials": 128}
    return {
        "grid, 250 rates x 4 seeds": ("grid", {"search": {"lr": wide, "points": 250, "repeats": 4}}),
        "bayes, 128 rates, batch 4": ("bayes", {"search": bayes}),
        "bayes, batch = workers": ("bayes", {"search": {**bayes, "batch": min(128, n_workers)}}),
        "auto": ("auto", {"search": {"lr": wide}}),
        "halving, 81 rates": ("halving", {"search": {"lr": wide, "points": 81}}),
    }


def main():
    """Print hours, speed-up and the share of time that workers train, for each strategy and number of workers."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer workers")
    workers = WORKERS[:2] if parser.parse_args().quick else WORKERS
    print(f"{'search':28s}{'workers':>8s}{'trainings':>10s}{'hours':>8s}{'speed-up':>10s}{'busy':>7s}{'best':>11s}")
    for name in cases(1):
        alone = None
        for n_workers in workers:
            clock, best = simulate(*cases(n_workers)[name], n_workers)
            alone = alone or clock.now
            busy = clock.busy_seconds / (clock.now * n_workers)
            print(
                f"{name:28s}{n_workers:8,d}{clock.n_trained:10,d}{clock.now / 3600:8.2f}{alone / clock.now:10.1f}"
                f"{busy:7.0%}{best:11.3g}",
                flush=True,
            )


if __name__ == "__main__":
    main()
