"""Benchmark: how often the verdict on a rate changes as a search goes on, in searches replayed from measured curves.

    python tests/benchmarks/states.py

Searches by `random` and by `bayes` (Optuna's TPE; the first 10 rates at random) are replayed from the curves of
`replay.py`, with one seed. They are judged after 8, 14 and 20 rates, and after `--confirm 3` with three new seeds.
`best tied`: how often the tie group contains the rate of the highest worth (target: 95 %). `group`: number of rates in
it. `far kept`: share of the rates more than half a point below the best that are in it. `changed`: share of the rates
whose verdict became or ceased to be good since the column before. `to and fro`: share of the first 8 rates for which
that happened at least twice. `--quick` replays 1 search of each kind and curve.
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import optuna
from replay import CHANCE, Curve, load_curves

from lrsearch.analysis.evidence.weigh import weigh
from lrsearch.records import Baseline, Result, Task, Trial

SIZES = (8, 14, 20)
HALF_A_POINT = 0.005


def random_rates(curve: Curve, _seed: int, rng: np.random.Generator) -> list[int]:
    """Draw the indices of 20 rates."""
    return rng.permutation(curve.lrs.size)[: SIZES[-1]].tolist()


def bayes_rates(curve: Curve, seed: int, rng: np.random.Generator) -> list[int]:
    """Propose 20 rates by TPE, from the scores of one seed; each becomes the nearest rate that is not taken yet."""
    space = {"lr": optuna.distributions.FloatDistribution(curve.lrs[0], curve.lrs[-1], log=True)}
    study = optuna.create_study(
        direction="maximize", sampler=optuna.samplers.TPESampler(seed=int(rng.integers(2**31)), n_startup_trials=10)
    )
    taken: list[int] = []
    while len(taken) < SIZES[-1]:
        trial = study.ask(space)
        distances = np.abs(np.log(curve.lrs / trial.params["lr"]))
        distances[taken] = math.inf
        taken.append(int(distances.argmin()))
        study.tell(trial, float(np.nan_to_num(curve.scores[taken[-1], seed], nan=CHANCE)))
    return taken


def results_of(curve: Curve, rates: list[int], seeds: list[int], stage: str = "") -> list[Result]:
    """The results of some rates and seeds."""
    results = []
    for repeat, seed in enumerate(seeds, start=1 if stage else 0):
        for rate in rates:
            score = float(curve.scores[rate, seed])
            learned = math.isfinite(score)
            lr = float(curve.lrs[rate])
            trial = Trial(number=len(results), proposal=rate, lr=lr, repeat=repeat, horizon=8, until=8, stage=stage)
            results.append(Result(trial=trial, state="ok", score=score if learned else CHANCE, learned=learned))
    return results


def stages_of(curve: Curve, rates: list[int], seeds: list[int]) -> Iterator[list[Result]]:
    """The results after 8, 14 and 20 rates, and after the best three were confirmed."""
    for size in SIZES:
        yield (results := results_of(curve, rates[:size], seeds[:1]))
    best = sorted(rates, key=lambda rate: -np.nan_to_num(curve.scores[rate, seeds[0]]))[:3]
    yield results + results_of(curve, best, seeds[1:], "confirm")


def replay(curve: Curve, rates: list[int], seeds: list[int]) -> list[tuple[float, ...]] | None:
    """Replay a search: for each stage, is the best tied, group, far kept, changed; last, to and fro."""
    task = Task(
        name=curve.name,
        n_val=curve.n_val,
        metrics={"val_accuracy": Baseline(constant=CHANCE), "train_loss": Baseline(constant=math.log(10))},
    )
    worth = dict(zip(curve.lrs.tolist(), curve.worth(seeds).tolist(), strict=True))
    found, states = [], []
    for results in stages_of(curve, rates, seeds):
        evidence = weigh(results, task)
        if evidence is None:
            return None
        tied = set(evidence.tied)
        compared = {rate.lr: worth[rate.lr] for rate in evidence.rates if rate.is_compared}
        best = max(compared, key=lambda lr: compared[lr])
        far = [lr in tied for lr, of_rate in compared.items() if of_rate < compared[best] - HALF_A_POINT]
        states.append({rate.lr: rate.verdict == "good" for rate in evidence.rates})
        changed = [states[-1][lr] != was for lr, was in states[-2].items()] if len(states) > 1 else [0.0]
        found.append((best in tied, len(tied), np.mean(far) if far else math.nan, np.mean(changed)))
    often = [sum(a[lr] != b[lr] for a, b in pairwise(states)) > 1 for lr in states[0]]
    return [*found, (np.mean(often),)]


def main() -> None:
    """Replay and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--searches", type=int, default=30, help="of each kind and curve")
    parser.add_argument("--quick", action="store_true")
    given = parser.parse_args()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    started = time.perf_counter()
    curves = [curve for curve in load_curves() if curve.lrs.size > SIZES[-1]]
    print(f"{'':22s}{'best tied':>11s}{'group':>8s}{'far kept':>10s}{'changed':>9s}{'to and fro':>12s}")
    for name, rates_of in (("random", random_rates), ("bayes", bayes_rates)):
        searches = []
        for curve in curves:
            rng = np.random.default_rng(1)
            for _ in range(1 if given.quick else given.searches):
                seeds = rng.choice(curve.scores.shape[1], 4, replace=False).tolist()
                if (found := replay(curve, rates_of(curve, seeds[0], rng), seeds)) is not None:
                    searches.append(found)
        for i, stage in enumerate([*(f"{size} rates" for size in SIZES), "confirmed"]):
            tied, group, far, changed = np.nanmean([search[i] for search in searches], axis=0)
            often = f"{np.mean([search[-1] for search in searches]):12.1%}" if stage == "confirmed" else ""
            print(f"{name + ', ' + stage:22s}{tied:11.1%}{group:8.1f}{far:10.1%}{changed:9.1%}{often}", flush=True)
    print(f"{time.perf_counter() - started:.0f} s")


if __name__ == "__main__":
    main()
