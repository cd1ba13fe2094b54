"""Benchmark: how often one of several equally good arms is called better, in simulated searches.

    python tests/benchmarks/arms.py

The arms try 5 and 20 rates over the same four decades, at the middle of which all of them are best; 2,000 searches a
row. `false winner`: how often the best arm is told apart (target: at most 5 %). `four arms`: the same for arms with 5,
20, 10 and 5 rates. `found`: how often an arm that is better by two points, four times the noise, is told apart.
`--quick` makes 20 searches a row.
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from lrsearch.analysis.evidence.arms import compare_arms
from lrsearch.analysis.evidence.observations import Floats
from lrsearch.analysis.evidence.weigh import weigh
from lrsearch.records import Baseline, Point, Result, Task, Trial

SD = 0.005  # half a point: a small network on digits shows 0.3 to 0.9
N_VAL = 1800
TASK = Task(
    name="simulated",
    n_val=N_VAL,
    metrics={"val_accuracy": Baseline(constant=0.1), "train_loss": Baseline(constant=math.log(10))},
)


def peak(decades: Floats) -> Floats:
    """True score at a distance from the best rate, in decades."""
    return np.asarray(0.97 - 0.02 * decades**2)


def plateau(decades: Floats) -> Floats:
    """The same curve with its top cut off: all rates within a decade are equally good."""
    return np.minimum(peak(decades), 0.95)


@dataclass(frozen=True)
class Scene:
    """A kind of simulated search: the true scores, and how the noise of a score is made up.

    Attributes:
        scores: True score by the distance from the best rate.
        shared: Correlation of two rates of one arm with the same seed.
        across: Whether a seed has the same effect in all arms.
        wider: How much larger the noise of the last arm is.
        heavy: Whether the noise has heavy tails (Student's t with 3 degrees of freedom).
    """

    scores: Callable[[Floats], Floats] = peak
    shared: float = 0.0
    across: bool = False
    wider: float = 1.0
    heavy: bool = False


SCENES = {
    "curved peak": Scene(),
    "plateau": Scene(plateau),
    "seeds correlated 0.7": Scene(shared=0.7, across=True),
    "same, not across arms": Scene(shared=0.7),
    "heavy tails": Scene(heavy=True),
    "last arm 3 times noisier": Scene(wider=3.0),
    "same, on a plateau": Scene(plateau, wider=3.0),
}


def simulate(scene: Scene, sizes: Sequence[int], n: int, rng: np.random.Generator, gap: float = 0.0) -> str | None:
    """Simulate a search with an arm for each number of rates; the first is better by `gap`.

    Returns:
        The arm that is told apart from the others; None if none is.
    """
    results: list[Result] = []
    of_seeds = rng.standard_normal(n)
    for arm, size in enumerate(sizes):
        decades = np.linspace(-2, 2, size)
        own = rng.standard_t(3, (size, n)) / math.sqrt(3) if scene.heavy else rng.standard_normal((size, n))
        common = of_seeds if scene.across else rng.standard_normal(n)
        noise = math.sqrt(1 - scene.shared) * own + math.sqrt(scene.shared) * common
        wider = scene.wider if arm == len(sizes) - 1 else 1.0
        scores = scene.scores(decades)[:, None] - gap * (arm > 0) + SD * wider * noise
        scores = np.round(scores.clip(0, 1) * N_VAL) / N_VAL
        results += [
            _result(f"{arm}", float(lr), seed, float(scores[i, seed]), len(results))
            for seed in range(n)
            for i, lr in enumerate(10.0 ** (decades - 2))
        ]
    arms = [f"{arm}" for arm in range(len(sizes))]
    comparison = compare_arms(results, {arm: weigh(results, TASK, arm) for arm in arms}, dict.fromkeys(arms, TASK))
    return comparison.tied[0] if comparison is not None and len(comparison.tied) == 1 else None


def _result(arm: str, lr: float, repeat: int, score: float, number: int) -> Result:
    trial = Trial(number=number, proposal=number, lr=lr, repeat=repeat, horizon=1, until=1, arm=arm)
    point = Point(
        trial=number,
        epoch=1,
        lr=lr,
        seconds=0.0,
        metrics={"train_loss": 0.1, "train_accuracy": score, "val_loss": 1 - score, "val_accuracy": score},
    )
    return Result(trial=trial, state="ok", points=(point,), score=score, scored_epoch=1, learned=True)


def false_winners(scene: Scene, sizes: Sequence[int], n: int, searches: int) -> float:
    """Share of searches in which one of equally good arms is told apart."""
    rng = np.random.default_rng(n)
    return sum(simulate(scene, sizes, n, rng) is not None for _ in range(searches)) / searches


def found(scene: Scene, n: int, searches: int) -> float:
    """Share of searches in which an arm with 5 rates, better by two points than one with 20, is told apart."""
    rng = np.random.default_rng(n)
    return sum(simulate(scene, (5, 20), n, rng, gap=0.02) == "0" for _ in range(searches)) / searches


def main() -> None:
    """Simulate and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--searches", type=int, default=2000)
    parser.add_argument("--quick", action="store_true")
    given = parser.parse_args()
    searches, started = 20 if given.quick else given.searches, time.perf_counter()
    print(f"{'':26s}{'n':>3s}{'false winner':>14s}{'four arms':>11s}{'found':>8s}")
    for name, scene in SCENES.items():
        for n in (2, 3, 5):
            of_two = false_winners(scene, (5, 20), n, searches)
            of_four = false_winners(scene, (5, 20, 10, 5), n, searches // 2)
            better = found(scene, n, searches // 4)
            print(f"{name:26s}{n:3d}{of_two:14.1%}{of_four:11.1%}{better:8.1%}", flush=True)
    print(f"{time.perf_counter() - started:.0f} s")


if __name__ == "__main__":
    main()
