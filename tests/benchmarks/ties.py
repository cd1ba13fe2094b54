"""Benchmark: how often the tie group contains the best rate and an interval its mean, in simulated searches.

    python tests/benchmarks/ties.py

The true means and the noise are known: 17 rates, a quarter of a decade apart, 2,000 searches a row. `best tied`: how
often the best rate is in the tie group (target: 95 %). `leader`, `others`: how often the interval of the leader, and of
the other rates, contains the true mean (target: 95 %). `group`: number of rates in the tie group. `far kept`: share of
the rates more than 0.5 points below the best that are in it. `--quick` makes 20 searches a row.

In the last row, the score is a validation loss: 0.1 nats at the best rate, with noise in proportion to the loss (12 %),
and a point is 1 % of the distance from the best constant prediction, 2.3 nats.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from lrsearch.analysis.evidence.fit import fit_curve
from lrsearch.analysis.evidence.noise import measure_noise
from lrsearch.analysis.evidence.observations import Floats, Observations
from lrsearch.analysis.evidence.ties import score_intervals, tie_group
from lrsearch.analysis.ranking import SHARES, Scale
from lrsearch.catalog import METRICS

LRS = np.logspace(-4, 0, 17)
DECADES = np.log10(LRS) + 2  # from the best rate
PEAK = 0.97 - 0.02 * DECADES**2
BEST = 8
SD = 0.005  # half a point: a small network on digits shows 0.3 to 0.9


def normal(rng: np.random.Generator, n: int) -> Floats:
    """Independent noise of standard deviation 1, (17, n)."""
    return rng.standard_normal((LRS.size, n))


def wider_above(rng: np.random.Generator, n: int) -> Floats:
    """Noise three times as large above the best rate."""
    return normal(rng, n) * np.where(DECADES > 0, 3.0, 1.0)[:, None]


def correlated(rng: np.random.Generator, n: int) -> Floats:
    """Noise with a seed effect that all rates share: correlation 0.7 between any two rates."""
    return np.sqrt(0.3) * normal(rng, n) + np.sqrt(0.7) * rng.standard_normal(n)


def heavy_tailed(rng: np.random.Generator, n: int) -> Floats:
    """Noise from Student's t with 3 degrees of freedom, scaled to standard deviation 1."""
    return rng.standard_t(3, (LRS.size, n)) / np.sqrt(3)


def in_proportion(rng: np.random.Generator, n: int) -> Floats:
    """Noise of 12 % of the loss."""
    return normal(rng, n) * 0.12 * (LOSS / LOSS_SPAN / SD)[:, None]


@dataclass(frozen=True)
class Scene:
    """A kind of simulated search: true means as levels, noise in units of `SD`, number of validation images, scale."""

    means: Floats
    noise: Callable[[np.random.Generator, int], Floats] = normal
    n_val: int | None = 5000
    scale: Scale = SHARES


LOSS = 0.1 + 0.05 * DECADES**2
LOSS_SPAN = 2.3 - 0.1
PLATEAU = np.minimum(PEAK, PEAK[BEST - 4])
SCENES = {
    "curved peak": Scene(PEAK),
    "plateau of 9 rates": Scene(PLATEAU),
    "noise triples above best": Scene(PEAK, wider_above),
    "seeds correlated 0.7": Scene(PEAK, correlated),
    "180 validation images": Scene(PEAK, n_val=180),
    "heavy tails": Scene(PEAK, heavy_tailed),
    "validation loss": Scene(
        -LOSS / LOSS_SPAN, in_proportion, None, Scale(metric=METRICS["val_loss"], span=LOSS_SPAN, constant=2.3)
    ),
}


def simulate(scene: Scene, n: int, rng: np.random.Generator) -> tuple[float, float, float, float, float]:
    """Simulate a search: is the best rate tied; are leader and others covered; size of the group; far rates kept."""
    scores = scene.means[:, None] + SD * scene.noise(rng, n)
    if scene.n_val is not None:
        scores = np.round(np.clip(scores, 0, 1) * scene.n_val) / scene.n_val
    table = Observations(lrs=LRS, scores=scores, losses=np.zeros(LRS.size), n_val=scene.n_val, scale=scene.scale)
    noise = measure_noise(table)
    tied = tie_group(table, noise, fit_curve(table, noise))
    low, high = score_intervals(table, tied).T
    covered = (low <= scene.means) & (scene.means <= high)
    others = np.arange(LRS.size) != table.leader
    far = scene.means < scene.means.max() - 0.005
    return bool(tied[BEST]), bool(covered[table.leader]), covered[others].mean(), tied.sum(), tied[far].mean()


def main() -> None:
    """Simulate and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--searches", type=int, default=2000)
    parser.add_argument("--quick", action="store_true")
    given = parser.parse_args()
    started = time.perf_counter()
    print(f"{'':26s}{'n':>3s}{'best tied':>11s}{'leader':>9s}{'others':>9s}{'group':>8s}{'far kept':>10s}")
    for name, scene in SCENES.items():
        for n in (1, 2, 3, 5):
            rng = np.random.default_rng(n)
            rows = [simulate(scene, n, rng) for _ in range(20 if given.quick else given.searches)]
            tied, leader, others, group, far = np.mean(rows, axis=0)
            print(f"{name:26s}{n:3d}{tied:11.1%}{leader:9.1%}{others:9.1%}{group:8.1f}{far:10.1%}", flush=True)
    print(f"{time.perf_counter() - started:.0f} s")


if __name__ == "__main__":
    main()
