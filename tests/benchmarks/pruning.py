"""Benchmark: how often `--prune` stops the best rate of a search, and how many epochs it saves.

    python tests/benchmarks/pruning.py --tables FOLDER   # 20 searches of each kind on each table

Searches are played on measured learning curves (`learning_curves.py`) by the program's own strategies, at its defaults:
a grid of 17 rates, 20 random ones, and 20 by TPE. `pruned`: how often the rate of the highest worth among those tried
was pruned. `lost`: by how many points the best rate that was not pruned is worth less, the mean. `0.2`: how often that
is more than 0.2 points. `saved`: the share of the epochs that were not trained. `--quick` plays one search on each of
three drawn curves.
"""

from __future__ import annotations

import argparse
import math
from pathlib import Path

import numpy as np
from learning_curves import Table, draw_table, load_tables

from lrsearch.interfaces import Strategy
from lrsearch.records import Baseline, Point, Result, Task, Trial
from lrsearch.spec import Spec, make_spec
from lrsearch.strategies import make_strategy

SEARCHES = {"grid 17": ("grid", {"points": 17}), "random 20": ("random", {"trials": 20})}
SEARCHES["bayes 20"] = ("bayes", {"trials": 20})


def strategy_of(table: Table, name: str, prune: str, seed: int) -> tuple[Strategy, Spec]:
    """Make the strategy of one search."""
    method, keys = SEARCHES[name]
    low, high = (10**end for end in table.ends)
    search = {"lr": {"low": low, "high": high}, "prune": prune, **keys}
    schedule = {"warm-up": "one-cycle", "falling": "cosine"}.get(table.schedule, "constant")
    spec = make_spec({"seed": seed, "train": {"epochs": table.epochs, "schedule": schedule}, "search": search})
    task = Task(name=table.name, metrics={"val_accuracy": Baseline(constant=table.chance)})

    def score(result: Result) -> float:
        return table.chance if result.learned is False or result.score is None else result.score

    return make_strategy(method, spec, sampler_score=score, known={}, task=task), spec


def train(table: Table, trial: Trial, seed: int) -> Result:
    """Look up a training, up to the epoch at which it is pruned or breaks."""
    i = int(np.abs(table.x - math.log10(trial.lr)).argmin())
    points, state = [], "ok"
    for epoch, accuracy in enumerate(table.accuracy[i, seed].tolist(), start=1):
        if not math.isfinite(accuracy):
            state = "diverged"
            break
        metrics = {"val_accuracy": accuracy}
        points.append(Point(trial=trial.number, epoch=epoch, lr=trial.lr, seconds=0.0, metrics=metrics))
        if epoch < table.epochs and accuracy < trial.stop_below.get(epoch, -math.inf):
            state = "pruned"
            break
    score = None if state == "diverged" else points[-1].metrics["val_accuracy"]
    learned = bool(table.learned[i, seed]) if state == "ok" else None
    return Result(trial=trial, state=state, points=tuple(points), score=score, learned=learned)


def play(table: Table, name: str, prune: str, number: int, seed: int) -> tuple[bool, float, float]:
    """Play a search. Return whether the best rate was pruned, the points that cost, and the share of epochs saved."""
    strategy, _ = strategy_of(table, name, prune, number)
    results: list[Result] = []
    waiting: list[Trial] = []
    while True:
        answer = strategy.ask()
        if isinstance(answer, Trial):
            waiting.append(answer)
            continue
        if not waiting:
            break
        for trial in waiting:
            results.append(train(table, trial, seed))
            strategy.tell(results[-1])
        waiting = []
    worth = {result.trial.lr: -table.regret(math.log10(result.trial.lr)) for result in results}
    best = max(results, key=lambda result: worth[result.trial.lr])
    kept = max(worth[result.trial.lr] for result in results if result.state == "ok")
    whole = sum(len(result.points) if result.state == "diverged" else table.epochs for result in results)
    saved = 1 - sum(len(result.points) for result in results) / whole
    return best.state == "pruned", worth[best.trial.lr] - kept, saved


def main() -> None:
    """Play the searches and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tables", type=Path)
    parser.add_argument("--searches", type=int, default=20)
    parser.add_argument("--quick", action="store_true")
    given = parser.parse_args()
    if given.tables:
        tables = load_tables(given.tables)
    else:
        tables = [draw_table(name, np.random.default_rng(7)) for name in ("smooth", "plateau", "cliff")]
    print(f"{'rule':9s}{'search':11s}{'schedule':10s}{'n':>5s}{'pruned':>8s}{'lost':>7s}{'0.2':>7s}{'saved':>7s}")
    for prune in ("median", "halving"):
        for name in SEARCHES:
            played: dict[str, list[tuple[bool, float, float]]] = {}
            for table in tables:
                rng = np.random.default_rng(1)
                for number in range(1 if given.quick else given.searches):
                    seed = int(rng.integers(table.n_seeds))
                    found = play(table, name, prune, number, seed)
                    played.setdefault(table.schedule, []).append(found)
                    played.setdefault("all", []).append(found)
            for schedule, rows in sorted(played.items()):
                pruned, lost, saved = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
                print(
                    f"{prune:9s}{name:11s}{schedule:10s}{len(rows):5d}{pruned.mean():8.1%}{lost.mean():7.3f}"
                    f"{(lost > 0.2).mean():7.1%}{saved.mean():7.0%}",
                    flush=True,
                )


if __name__ == "__main__":
    main()
