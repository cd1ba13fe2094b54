"""Tables of learning curves: measured ones, and curves that are drawn. Searches are played on them without training.

A table holds the validation accuracy and the training loss after each epoch, for every rate and seed. A training is
looked up at the nearest rate of the table, with the seeds in a random order. The worth of a rate is its mean accuracy
over all seeds after the last epoch, smoothed 1-2-1 over neighbours within a point; a seed that did not learn counts as
chance level. Of a curve that was drawn, the worth is known: that of a training that learns.

A table has a cliff if a rate at most a factor of 2 above its best one is worth at least 10 points less.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from lrsearch.analysis.auto import AutoRun
from lrsearch.analysis.evidence.observations import Floats
from lrsearch.strategies.auto.records import Request

WARMED = ("onecycle", "warm", "tri")
FALLING = ("cosine", "linear", "cos")
CIFAR_CHANCE, CIFAR_ENTROPY = 0.1, math.log(10)
CLIFF_DECADES, CLIFF_POINTS = math.log10(2), 10.0

FAMILIES = ("smooth", "plateau", "cliff", "two plateaus", "bad seeds", "beyond")
"""Kinds of drawn curves. `beyond`: smooth, with its best rate up to a decade outside the range."""


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
        schedule: constant, falling or warm-up.
        n_val: Number of validation images.
        short: Tables of shorter trainings with a whole schedule of their own, by their number of epochs.
        known: The worth of each rate in points, if it is known; (k,).
        span: log10 of the ends of the range that is searched; None for all rates.
    """

    name: str
    x: Floats
    accuracy: Floats
    loss: Floats
    learned: np.ndarray
    chance: float
    entropy: float
    schedule: str
    n_val: int
    short: Mapping[int, Table] = field(default_factory=dict)
    known: Floats | None = None
    span: tuple[float, float] | None = None

    @property
    def epochs(self) -> int:
        """Epochs of a whole training."""
        return int(self.accuracy.shape[2])

    @property
    def n_seeds(self) -> int:
        """Number of seeds."""
        return int(self.accuracy.shape[1])

    @property
    def ends(self) -> tuple[float, float]:
        """log10 of the ends of the range."""
        return (float(self.x[0]), float(self.x[-1])) if self.span is None else self.span

    @property
    def worth(self) -> Floats:
        """The worth of each rate, in points; (k,)."""
        if self.known is not None:
            return self.known
        scores = np.where(self.learned, np.nan_to_num(self.accuracy[:, :, -1], nan=self.chance), self.chance)
        means = 100 * scores.mean(axis=1)
        worth = np.empty_like(means)
        for i, own in enumerate(means):
            near = [means[j] for j in (i - 1, i + 1) if 0 <= j < means.size and abs(means[j] - own) < 1.0]
            worth[i] = np.average([own, *near], weights=[2, *(1 for _ in near)])
        return worth

    @property
    def has_cliff(self) -> bool:
        """Whether a rate right above the best one is worth far less."""
        worth, best = self.worth, int(self.worth.argmax())
        above = (self.x > self.x[best]) & (self.x <= self.x[best] + CLIFF_DECADES + 1e-9)
        return bool((worth[above] <= worth[best] - CLIFF_POINTS).any())

    def regret(self, x: float | None) -> float:
        """Points that a rate is worth less than the best one."""
        worth = self.worth
        return float(worth.max() - (100 * self.chance if x is None else np.interp(x, self.x, worth)))

    def look_up(self, request: Request, seeds: np.ndarray) -> AutoRun:
        """Return the training that was asked for."""
        table = self if request.horizon == self.epochs else self.short[request.horizon]
        i = int(np.abs(self.x - request.x).argmin())
        seed = int(seeds[request.repeat % seeds.size]) % table.n_seeds
        accuracy, loss = table.accuracy[i, seed, : request.until], table.loss[i, seed, : request.until]
        if request.until == table.epochs:
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

    def whole(self, x: float, repeat: int, seeds: np.ndarray) -> AutoRun:
        """Return a whole training."""
        return self.look_up(Request(x, repeat, self.epochs, self.epochs), seeds)


def load_tables(folder: Path) -> list[Table]:
    """Read all measured tables: dev/*.npz, short/*.npz, dev3/*.jsonl."""
    digits = [load_npz(path) for path in sorted(folder.glob("dev/*.npz"))]
    return [*digits, *(load_jsonl(path) for path in sorted(folder.glob("dev3/*.jsonl")))]


def schedule_of(name: str) -> str:
    """Return the kind of schedule that the name of a table tells."""
    if any(word in name for word in WARMED):
        return "warm-up"
    return "falling" if any(word in name for word in FALLING) else "constant"


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
        schedule=schedule_of(path.stem),
        n_val=int(values["n_val"]),
        short=short,
    )


def load_jsonl(path: Path) -> Table:
    """Read a table of CIFAR-10: a line for each training, of several lengths if the schedule falls."""
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    lengths = sorted({row["E"] for row in rows})
    tables = {n: _of_length(path.stem, [row for row in rows if row["E"] == n], n) for n in lengths}
    whole = tables.pop(lengths[-1])
    return replace(whole, short=tables)


def _of_length(name: str, rows: list[dict[str, object]], epochs: int) -> Table:
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
    return Table(name, x, accuracy, loss, learned, CIFAR_CHANCE, CIFAR_ENTROPY, schedule_of(name), 3000)


def draw_table(family: str, rng: np.random.Generator) -> Table:
    """Draw a curve with 8 epochs at a constant rate: 4 decades searched, 8 seeds, a noise of 0.2 to 0.8 points.

    Half of the noise's variance is common to all rates of a seed. Each epoch has further noise of its own.
    """
    x = np.linspace(-6, 2, 161)
    ends = (-4.0, 0.0)
    centre = float(rng.uniform(-3.2, -0.8))
    if family == "beyond":
        centre = float(rng.choice([ends[0] - rng.uniform(0.2, 1.0), ends[1] + rng.uniform(0.2, 1.0)]))
    left, right = rng.uniform(2, 8), rng.uniform(3, 15)
    away = x - centre
    hill = 95 - np.where(away < 0, left, right) * away**2
    cliff = centre + 0.05
    height = {
        "plateau": 95
        - np.where(away < 0, left, right) * 3 * np.clip(np.abs(away) - rng.uniform(0.3, 0.8), 0, None) ** 2,
        "cliff": np.where(x < cliff, 95 + rng.uniform(0.5, 2) * away, 10.0),
        "two plateaus": np.where(away < 0, 95.0, 95 - rng.uniform(0.5, 2))
        - 12 * np.clip(np.abs(away) - 0.6, 0, None) ** 2,
    }.get(family, hill)
    height = np.clip(height, 10, None)
    n_seeds, epochs, sd = 8, 8, rng.uniform(0.2, 0.8)
    final = height[:, None] + sd * math.sqrt(0.5) * (
        rng.standard_normal(n_seeds) + rng.standard_normal((x.size, n_seeds))
    )
    learned = np.broadcast_to((height > 15)[:, None], final.shape).copy()
    if family == "bad seeds":
        learned &= rng.random(final.shape) > 0.1
    shares = 1 - 0.4 * np.exp(-np.arange(1, epochs + 1) / 1.5)
    shares /= shares[-1]
    wobble = 0.5 * sd * rng.standard_normal((*final.shape, epochs))
    accuracy = np.where(learned[:, :, None], final[:, :, None] * shares + wobble, 10.0) / 100
    broke = (x > centre)[:, None, None] & ~learned[:, :, None]
    falling = 2.3 * 0.7 ** np.arange(1, epochs + 1)
    loss = np.where(learned[:, :, None], falling, np.where(broke, 5.0, 2.3))
    table = Table(family, x, accuracy, loss, learned, 0.1, 2.3, "constant", 10_000, known=height)
    return replace(table, span=ends)
