"""Benchmark: regret of the recommended rate, in searches replayed from measured curves.

    python tests/benchmarks/replay.py

`curves.csv` has thirteen curves, measured with lrsearch itself (`SPECS`; `--measure` makes the file again, in about ten
minutes on two cores): one line for each rate, with the number of validation images that each seed got right, or `-` if
it collapsed or diverged. Six are small networks on 1,000 images of digits, 8 epochs, 500 validation images, 31 rates a
tenth of a decade apart, 32 seeds: sgd, sgd with momentum, adam, rmsprop, adagrad, and a deep network. Two are a
convolutional network on 2,000 images of MNIST, 2 epochs, 3,000 validation images, 17 rates, 8 seeds. The method was
chosen on these eight. Five more on digits, 24 seeds, were measured afterwards and are held out: adadelta, a deep
network under adam, a wide one under rmsprop, and sgd with momentum, once with a linear schedule, once with batch norm.

Searches are drawn from each curve: grids of every 2nd, 3rd or 4th rate with one seed or three, and 10 or 20 random
rates with one seed. The worth of a rate is the mean score of the seeds that were not drawn, smoothed over neighbours
within a point of it; a failed seed counts as chance level. Between rates it is linear in log lr.

`losses.csv` has the validation losses of three of these networks in the same form (24 seeds, in nats). A point of a
loss is 1 % of the distance from the loss of the best constant prediction to the lowest mean loss of the curve.

`argmax`, `ours`: mean regret of the best observed rate and of the recommended one, in points below the best rate.
`gain`: the difference of the two, with its standard error over searches, in the pooled rows also over curves.
`observed`, `expected`: how far the observed score of the best rate, and the fitted score of the recommended one, are
above the worth of these rates. `best tied`: how often the tie group contains the rate of the highest worth among those
that trained; single trainings of a loss, whose values for each image are not in the file, have no tie group. `--quick`
draws 2 searches of each kind.
"""

from __future__ import annotations

import argparse
import csv
import math
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lrsearch.analysis.evidence.observations import Floats
from lrsearch.analysis.evidence.weigh import weigh
from lrsearch.catalog import METRICS, VAL_ACCURACY, Metric
from lrsearch.records import Baseline, Result, Task, Trial

CURVES = Path(__file__).with_name("curves.csv")
LOSSES = Path(__file__).with_name("losses.csv")
CHANCE = 0.1
OF_CHANCE = math.log(10)  # the loss of the best constant prediction
POINT = 0.01
KINDS = [(f"grid, every {ordinal}", step, n) for n in (1, 3) for step, ordinal in ((2, "2nd"), (3, "3rd"), (4, "4th"))]
KINDS += [("random, 10 rates", 0, 1), ("random, 20 rates", 0, 1)]


def arm(optimizer: str, low: float, high: float, **more: object) -> dict[str, object]:
    """The overrides of an arm: an optimizer and the range of rates that were measured."""
    name, _, momentum = optimizer.partition(" ")
    options = {"momentum": float(momentum)} if momentum else {}
    search = {"low": low, "high": high, "scale": "log"}
    return {"train.optimizer": {"name": name, **options}, "search.lr": search, **more}


SPECS = [
    {
        "name": "digits",
        "data": {"dataset": "digits"},
        "model": "mlp",
        "train": {"epochs": 8},
        "search": {"points": 31, "repeats": 32},
        "arms": {
            "adagrad": arm("adagrad", 2e-3, 2),
            "adam": arm("adam", 3e-4, 0.3),
            "deep-sgd-momentum": arm("sgd 0.9", 1e-3, 1, **{"model.hidden": [64] * 4}),
            "rmsprop": arm("rmsprop", 1e-4, 0.1),
            "sgd": arm("sgd 0", 2e-2, 20),
            "sgd-momentum": arm("sgd 0.9", 3e-3, 3),
        },
    },
    {
        "name": "mnist",
        "data": {"dataset": "mnist", "train_size": 2000, "val_fraction": 0.05, "batch_size": 64},
        "model": "cnn",
        "train": {"epochs": 2},
        "search": {"points": 17, "repeats": 8},
        "arms": {"cnn-adam": arm("adam", 2e-4, 0.05), "cnn-sgd-momentum": arm("sgd 0.9", 2e-3, 0.5)},
    },
    {
        "name": "held-out",
        "data": {"dataset": "digits"},
        "model": "mlp",
        "train": {"epochs": 8},
        "search": {"points": 31, "repeats": 24},
        "arms": {
            "adadelta": arm("adadelta", 0.1, 100),
            "adam-deep": arm("adam", 2e-4, 0.2, **{"model.hidden": [64] * 4}),
            "rmsprop-wide": arm("rmsprop", 1e-4, 0.1, **{"model.hidden": [256]}),
            "sgd-linear": arm("sgd 0.9", 3e-3, 3, **{"train.schedule": "linear"}),
            "sgd-norm": arm("sgd 0.9", 3e-3, 3, **{"model.norm": "batch"}),
        },
    },
]
WITH_LOSS = ("adam", "deep-sgd-momentum", "sgd-momentum")
HELD_OUT = {"adadelta", "adam-deep", "rmsprop-wide", "sgd-linear", "sgd-norm"}


@dataclass(frozen=True)
class Curve:
    """The score of each rate and seed; NaN for a seed that failed; (k, n)."""

    name: str
    lrs: Floats
    scores: Floats
    n_val: int
    metric: Metric = VAL_ACCURACY

    @property
    def chance(self) -> float:
        """The score of the best constant prediction."""
        return CHANCE if self.metric is VAL_ACCURACY else OF_CHANCE

    @property
    def span(self) -> float:
        """The difference of two scores that is a hundred points."""
        return 1.0 if self.metric is VAL_ACCURACY else OF_CHANCE - float(np.nanmin(np.mean(self.scores, axis=1)))

    def level(self, score: float) -> float:
        """The score on a scale on which higher is better and a point is 0.01."""
        return self.metric.oriented(score) / self.span

    def worth(self, drawn: list[int]) -> Floats:
        """The worth of each rate by the seeds that were not drawn, as a level; (k,)."""
        levels = np.vectorize(self.level)(np.nan_to_num(self.scores, nan=self.chance))
        others = np.delete(levels, drawn, axis=1).mean(axis=1)
        worth = np.empty_like(others)
        for i, own in enumerate(others):
            near = [(others[j], 1) for j in (i - 1, i + 1) if 0 <= j < others.size and abs(others[j] - own) < POINT]
            worth[i] = np.average([own, *(y for y, _ in near)], weights=[2, *(w for _, w in near)])
        return worth


def load_curves() -> list[Curve]:
    """The measured curves."""
    rows: dict[str, list[dict[str, str]]] = {}
    with CURVES.open(newline="") as file:
        for row in csv.DictReader(file):
            rows.setdefault(row["curve"], []).append(row)
    curves = []
    for name, of_curve in rows.items():
        n_val = int(of_curve[0]["n_val"])
        right = [[math.nan if cell == "-" else int(cell) for cell in row["right"].split()] for row in of_curve]
        lrs = np.array([float(row["lr"]) for row in of_curve])
        curves.append(Curve(name, lrs, np.array(right) / n_val, n_val))
    return curves


def load_losses() -> list[Curve]:
    """The measured curves of validation losses."""
    rows: dict[str, list[dict[str, str]]] = {}
    with LOSSES.open(newline="") as file:
        for row in csv.DictReader(file):
            rows.setdefault(row["curve"], []).append(row)
    return [
        Curve(
            f"loss, {name}",
            np.array([float(row["lr"]) for row in of_curve]),
            np.array([[math.nan if cell == "-" else float(cell) for cell in row["loss"].split()] for row in of_curve]),
            int(of_curve[0]["n_val"]),
            METRICS["val_loss"],
        )
        for name, of_curve in rows.items()
    ]


def measure_losses() -> None:
    """Train the curves of validation losses and write their file."""
    from lrsearch import run_search

    spec = {**SPECS[0], "search": {"points": 31, "repeats": 24, "metric": "val_loss"}}
    spec["arms"] = {name: of_arm for name, of_arm in SPECS[0]["arms"].items() if name in WITH_LOSS}
    with tempfile.TemporaryDirectory() as folder:
        run = run_search(spec, "grid", runs_dir=folder, progress=False)
    cells: dict[tuple[str, float], dict[int, str]] = {}
    for result in run.results:
        loss = f"{result.score:.4g}" if result.is_candidate else "-"
        cells.setdefault((result.trial.arm, result.trial.lr), {})[result.trial.repeat] = loss
    lines = ["curve,n_val,lr,loss"]
    for (curve, lr), of_rate in sorted(cells.items()):
        losses = " ".join(of_rate[seed] for seed in sorted(of_rate))
        lines.append(f"{curve},{run.manifest.task.n_val},{lr:.6g},{losses}")
    LOSSES.write_text("\n".join(lines) + "\n")


def measure_curves() -> None:
    """Train all curves and write the file."""
    from lrsearch import run_search

    lines = ["curve,n_val,lr,right"]
    for spec in SPECS:
        with tempfile.TemporaryDirectory() as folder:
            run = run_search(spec, "grid", runs_dir=folder, progress=False)
        cells: dict[tuple[str, float], dict[int, str]] = {}
        for result in run.results:
            count = round((result.score or 0.0) * run.manifest.task.n_val) if result.is_candidate else "-"
            cells.setdefault((result.trial.arm, result.trial.lr), {})[result.trial.repeat] = str(count)
        for (curve, lr), of_rate in sorted(cells.items()):
            right = " ".join(of_rate[seed] for seed in sorted(of_rate))
            lines.append(f"{curve},{run.manifest.task.n_val},{lr:.6g},{right}")
    CURVES.write_text("\n".join(lines) + "\n")


def draw(curve: Curve, kind: tuple[str, int, int], rng: np.random.Generator) -> tuple[list[int], list[int]]:
    """Draw the rates and the seeds of one search."""
    name, step, n_seeds = kind
    n_rates = curve.lrs.size
    if step:
        rates = list(range(int(rng.integers(step)), n_rates, step))
    else:
        n_drawn = min(int(name.split()[1]), n_rates - 3)
        rates = sorted(rng.choice(n_rates, n_drawn, replace=False).tolist())
    return rates, rng.choice(curve.scores.shape[1], n_seeds, replace=False).tolist()


def replay(curve: Curve, rates: list[int], seeds: list[int]) -> tuple[float, ...] | None:
    """Replay a search: regrets of leader and recommended rate, how optimistic both scores are, is the best tied."""
    task = Task(
        name=curve.name,
        n_val=curve.n_val,
        metrics={
            "val_accuracy": Baseline(constant=CHANCE),
            "train_loss": Baseline(constant=OF_CHANCE),
            "val_loss": Baseline(constant=OF_CHANCE),
        },
    )
    results = []
    for number, (seed, rate) in enumerate((seed, rate) for seed in seeds for rate in rates):
        score = float(curve.scores[rate, seed])
        learned = math.isfinite(score)
        trial = Trial(number=number, proposal=rate, lr=float(curve.lrs[rate]), repeat=seed, horizon=8, until=8)
        results.append(Result(trial=trial, state="ok", score=score if learned else curve.chance, learned=learned))
    evidence = weigh(results, task, metric=curve.metric)
    if evidence is None:
        return None
    worth = curve.worth(seeds)
    taken = evidence.recommendation
    of_leader, of_taken = np.interp(np.log([evidence.leader, taken.lr]), np.log(curve.lrs), worth).tolist()
    trained = [rate for rate in rates if np.isfinite(curve.scores[rate, seeds]).all()]
    best = float(curve.lrs[max(trained, key=lambda rate: worth[rate])])
    top = float(worth.max())
    observed, expected = curve.level(evidence.observed), curve.level(taken.expected)
    regrets = (top - of_leader, top - of_taken, observed - of_leader, expected - of_taken)
    tied = math.nan if evidence.noise is None else float(best in evidence.tied)
    return (*(regret / POINT for regret in regrets), tied)


def row(name: str, found: Floats, errors: str = "") -> str:
    """A line of the table, from the results of its searches; (searches, 5)."""
    argmax, ours, observed, expected = found[:, :4].mean(axis=0)
    known = found[np.isfinite(found[:, 4]), 4]
    tied = f"{known.mean():11.1%}" if known.size else f"{'-':>11s}"
    gain = found[:, 0] - found[:, 1]
    error = gain.std(ddof=1) / math.sqrt(gain.size)
    return (
        f"{name:24s}{argmax:8.3f}{ours:8.3f}{gain.mean():9.3f} ±{error:.3f}{observed:10.2f}{expected:10.2f}{tied}"
        + errors
    )


def main() -> None:
    """Replay and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--searches", type=int, default=60, help="of each kind and curve")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--measure", action="store_true", help="train, and write the curves again")
    given = parser.parse_args()
    if given.measure:
        measure_curves()
        measure_losses()
    started = time.perf_counter()
    found: dict[tuple[str, int], list[tuple[str, tuple[float, ...]]]] = {}
    for curve in [*load_curves(), *load_losses()]:
        for kind in KINDS:
            rng = np.random.default_rng(1)
            for _ in range(2 if given.quick else given.searches):
                values = replay(curve, *draw(curve, kind, rng))
                if values is not None:
                    found.setdefault((kind[0], kind[2]), []).append((curve.name, values))
    print(f"{'':24s}{'argmax':>8s}{'ours':>8s}{'gain':>16s}{'observed':>10s}{'expected':>10s}{'best tied':>11s}")
    for (name, n), searches in found.items():
        of_shares = [values for curve, values in searches if not curve.startswith("loss, ")]
        print(row(f"{name}, n = {n}", np.array(of_shares)))
    everything = [search for searches in found.values() for search in searches]
    gains: dict[str, float] = {}
    for name in dict.fromkeys(name for name, _ in everything):
        of_curve = np.array([values for each, values in everything if each == name])
        gains[name] = float((of_curve[:, 0] - of_curve[:, 1]).mean())
        print(row(name, of_curve))
    accuracies = {name for name in gains if not name.startswith("loss, ")}
    for title, names in (
        ("held out", HELD_OUT),
        ("the other eight", accuracies - HELD_OUT),
        ("pooled", accuracies),
        ("losses", gains.keys() - accuracies),
    ):
        error = np.std([gains[name] for name in names], ddof=1) / math.sqrt(len(names))
        of_these = np.array([values for name, values in everything if name in names])
        print(row(title, of_these, f"  (gain ±{error:.3f} over curves)"))
    print(f"{len(everything)} searches, {time.perf_counter() - started:.0f} s")


if __name__ == "__main__":
    main()
