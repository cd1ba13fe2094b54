"""Benchmark: what `auto` costs and loses, in searches played on learning curves that were measured before.

    python tests/benchmarks/auto.py --tables FOLDER     # dev/*.npz, short/*.npz, dev3/*.jsonl; 20 searches on each

A table holds the validation accuracy and the training loss after each epoch, for every rate and seed. A training that
`auto` asks for is looked up at the nearest rate of the table, with the seeds in a random order. The worth of a rate is
its mean accuracy over all seeds after the last epoch, smoothed 1-2-1 over neighbours within a point; a seed that did
not learn counts as chance level.

`regret`: points that the recommended rate is worth less than the best rate of the table: mean and 95th percentile
over searches. `spent`: whole trainings. `U`: how often the regret is no larger than the bound that `auto` states.
`tied`: how often the best rate lies in the stated span. `exp`: how often the worth of the recommended rate lies in the
interval of the expected score. The 95th percentile of all is over all searches; in brackets, the mean over tables of
their 95th percentiles. `--quick` plays two searches on each of three synthetic curves,
which are also played without `--tables`.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from lrsearch.analysis.auto import AutoRun
from lrsearch.analysis.evidence.observations import Floats
from lrsearch.strategies.auto.records import AutoSettings, Request, Standing
from lrsearch.strategies.auto.search import auto_search

FALLING = ("cosine", "linear", "onecycle")
CIFAR_CHANCE, CIFAR_ENTROPY = 0.1, math.log(10)


@dataclass(frozen=True)
class Table:
    """Learning curves of one search space.

    Attributes:
        x: log10 of the rates, increasing; (k,).
        accuracy: Validation accuracy in [0, 1], NaN where training broke; (k, seeds, epochs).
        loss: Training loss, in the same way.
        learned: Whether each training learned; (k, seeds).
        chance: Accuracy of the best constant prediction.
        entropy: Loss of the best constant prediction, in nats.
        constant: Whether the rate is the same at every step.
        short: Tables of shorter trainings with a whole schedule of their own, by their number of epochs.
    """

    name: str
    x: Floats
    accuracy: Floats
    loss: Floats
    learned: np.ndarray
    chance: float
    entropy: float
    constant: bool
    short: Mapping[int, Table] = field(default_factory=dict)

    @property
    def worth(self) -> Floats:
        """The worth of each rate, in points; (k,)."""
        scores = np.where(self.learned, np.nan_to_num(self.accuracy[:, :, -1], nan=self.chance), self.chance)
        means = 100 * scores.mean(axis=1)
        worth = np.empty_like(means)
        for i, own in enumerate(means):
            near = [means[j] for j in (i - 1, i + 1) if 0 <= j < means.size and abs(means[j] - own) < 1.0]
            worth[i] = np.average([own, *near], weights=[2, *(1 for _ in near)])
        return worth

    def regret(self, x: float | None) -> float:
        """Points that a rate is worth less than the best one."""
        worth = self.worth
        return float(worth.max() - (100 * self.chance if x is None else np.interp(x, self.x, worth)))

    def look_up(self, request: Request, seeds: np.ndarray) -> AutoRun:
        """Return the training that was asked for."""
        whole = request.horizon == self.accuracy.shape[2]
        table = self if whole else self.short[request.horizon]
        i = int(np.abs(self.x - request.x).argmin())
        seed = int(seeds[request.repeat % seeds.size]) % table.accuracy.shape[1]
        accuracy, loss = table.accuracy[i, seed, : request.until], table.loss[i, seed, : request.until]
        if request.until == table.accuracy.shape[2]:
            learned = bool(table.learned[i, seed])
        else:
            learned = bool(accuracy[-1] > self.chance + 0.02 and loss[-1] < self.entropy)
        return AutoRun(
            request.x,
            request.repeat,
            request.horizon,
            request.until,
            scores=tuple(np.nan_to_num(accuracy, nan=self.chance).tolist()),
            losses=tuple(np.nan_to_num(loss, nan=np.inf).tolist()),
            learned=learned,
        )


def play(table: Table, rng: np.random.Generator, budget: float) -> Standing:
    """Play one search."""
    seeds = rng.permutation(table.accuracy.shape[1])
    settings = AutoSettings(
        low=float(table.x[0]),
        high=float(table.x[-1]),
        epochs=table.accuracy.shape[2],
        constant=table.constant,
        budget=budget,
        untrained_loss=table.entropy,
    )
    search = auto_search(settings)
    step = next(search)
    while True:
        try:
            step = search.send([table.look_up(request, seeds) for request in step.requests])
        except StopIteration as end:
            answer: Standing = end.value
            return answer


def load_npz(path: Path) -> Table:
    """Read a table that lrsearch measured, with its shorter trainings."""
    with np.load(path) as members:
        values = {name: members[name] for name in members.files}
    short = {
        int(each.stem.split("@")[1]): load_npz(each) for each in path.parent.parent.glob(f"short/{path.stem}@*.npz")
    }
    return Table(
        name=path.stem,
        x=np.log10(values["lrs"]),
        accuracy=values["val"],
        loss=values["train_loss"],
        learned=values["learned"],
        chance=float(values["majority"]),
        entropy=float(values["entropy"]),
        constant=not any(word in path.stem for word in FALLING),
        short=short,
    )


def load_jsonl(path: Path) -> Table:
    """Read a table of CIFAR-10: a line for each training, of several lengths if the schedule falls."""
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    lengths = sorted({row["E"] for row in rows})
    tables = {n: _of_length(path.stem, [row for row in rows if row["E"] == n], n, len(lengths) == 1) for n in lengths}
    whole = tables.pop(lengths[-1])
    return Table(**{**whole.__dict__, "short": tables})


def _of_length(name: str, rows: list[dict[str, object]], epochs: int, constant: bool) -> Table:
    rates, seeds = (sorted({row[key] for row in rows}) for key in ("lr", "seed"))
    accuracy, loss = (np.full((len(rates), len(seeds), epochs), np.nan) for _ in range(2))
    for row in rows:
        place = rates.index(row["lr"]), seeds.index(row["seed"])
        for values, key in ((accuracy, "val"), (loss, "loss")):
            curve = np.array(row[key], dtype=float)
            values[place][: curve.size] = curve
    accuracy /= 100 if np.nanmax(accuracy) > 1.5 else 1
    learned = np.nan_to_num(accuracy[:, :, -1]) > CIFAR_CHANCE + 0.03
    x = np.log10(np.array(rates, dtype=float))
    return Table(name, x, accuracy, loss, learned, CIFAR_CHANCE, CIFAR_ENTROPY, constant)


def synthetic() -> Iterator[Table]:
    """Make three tables: a hill, a plateau and a cliff, with 16 seeds and a noise of 0.3 points."""
    x = np.linspace(-4, 0, 33)
    rng = np.random.default_rng(7)
    heights = {
        "hill": 95 - 6 * (x + 1.8) ** 2,
        "plateau": 95 - 20 * np.clip(np.abs(x + 2) - 1, 0, None) ** 2,
        "cliff": np.where(x < -1.05, 96 + 1.5 * x, 10),
    }
    for name, height in heights.items():
        final = height[:, None] + 0.3 * rng.standard_normal((x.size, 16))
        learned = np.broadcast_to((height > 15)[:, None], final.shape)
        shares = 1 - 0.5 * 0.5 ** np.arange(1, 9)
        accuracy = np.where(learned[:, :, None], final[:, :, None] * shares, 10) / 100
        loss = np.where(learned[:, :, None], 2.3 * 0.7 ** np.arange(1, 9), 5.0)
        yield Table(name, x, accuracy, loss, learned, 0.1, 2.3, constant=True)


def main() -> None:
    """Play the searches and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tables", type=Path)
    parser.add_argument("--searches", type=int, default=20)
    parser.add_argument("--budget", type=float, default=10.0)
    parser.add_argument("--quick", action="store_true")
    given = parser.parse_args()
    tables = list(synthetic())
    if given.tables:
        tables = [load_npz(path) for path in sorted(given.tables.glob("dev/*.npz"))]
        tables += [load_jsonl(path) for path in sorted(given.tables.glob("dev3/*.jsonl"))]
    print(f"{'table':24s}{'regret':>8s}{'95th':>7s}{'spent':>7s}{'U':>6s}{'tied':>6s}{'exp':>6s}")
    rows, highest = [], []
    for table in tables:
        rng = np.random.default_rng(1)
        played = []
        for _ in range(2 if given.quick else given.searches):
            answer = play(table, rng, given.budget)
            regret, best = table.regret(answer.rec), table.x[table.worth.argmax()]
            judgement = answer.judgement
            holds = judgement is not None and regret <= judgement.bound
            tied = judgement is not None and judgement.tied[0] - 0.07 <= best <= judgement.tied[1] + 0.07
            worth = table.worth.max() - regret
            covers = judgement is not None and judgement.expected_range[0] <= worth <= judgement.expected_range[1]
            played.append((regret, answer.spent, holds, tied, covers))
        rows += played
        highest.append(np.quantile([regret for regret, *_ in played], 0.95))
        _show(table.name, played)
    _show("all", rows, f" ({np.mean(highest):.2f})")


def _show(name: str, played: list[tuple[float, float, bool, bool, bool]], more: str = "") -> None:
    regret, spent, holds, tied, covers = (np.array(column, dtype=float) for column in zip(*played, strict=True))
    print(
        f"{name:24s}{regret.mean():8.3f}{np.quantile(regret, 0.95):7.2f}{spent.mean():7.2f}{holds.mean():6.2f}"
        f"{tied.mean():6.2f}{covers.mean():6.2f}{more}",
        flush=True,
    )


if __name__ == "__main__":
    main()
