"""Benchmark: what `auto` and other searches cost and lose, in searches played on learning curves.

    python tests/benchmarks/auto.py                      # 20 searches on each of the families that are drawn
    python tests/benchmarks/auto.py --tables FOLDER      # 20 searches on each measured table
    python tests/benchmarks/auto.py --only auto          # without the peers

The curves, and what a cliff is: `learning_curves.py`. Each search of a family draws a new curve. The peers:
`auto_peers.py`.

`cost`: whole trainings; a shorter one counts as its share. `regret`: points that the rate of the answer is worth less
than the best rate, the mean; `95th`: its 95th percentile, the mean over tables. Of `auto` also: `U`: how often the
regret is no larger than the bound that it states; `tied`: how often the best rate lies in the stated span (give or take
half a step of a table); `expected`: how often the worth of its rate lies in the interval of the expected score. The
bound and the span hold for rates at least a factor of 1.5 below the lowest rate that broke.

`--quick` plays one search of each kind on two families.
"""

from __future__ import annotations

import argparse
import math
from pathlib import Path
from typing import NamedTuple

import numpy as np
from auto_peers import PEERS, Played
from learning_curves import FAMILIES, Table, draw_table, load_tables

from lrsearch.strategies.auto.records import AutoSettings, Standing
from lrsearch.strategies.auto.search import auto_search

_STEP = 0.07  # decades: half a step of a table


class Row(NamedTuple):
    """One search; the last three are NaN unless it is one by `auto` that states them."""

    cost: float
    regret: float
    bound: float = math.nan
    tied: float = math.nan
    expected: float = math.nan


def play(table: Table, rng: np.random.Generator, budget: float) -> Standing:
    """Play one search by `auto`."""
    seeds = rng.permutation(table.n_seeds)
    low, high = table.ends
    settings = AutoSettings(
        low=low,
        high=high,
        epochs=table.epochs,
        constant=table.schedule == "constant",
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


def judged(table: Table, answer: Standing) -> Row:
    """Compare the answer of `auto` with the table."""
    worth = table.worth
    regret, best, judgement = table.regret(answer.rec), table.x[worth >= worth.max() - 1e-9], answer.judgement
    if judgement is None:
        return Row(answer.spent, regret)
    low, high = judgement.expected_range
    return Row(
        answer.spent,
        regret,
        float(regret <= judgement.bound),
        float(((judgement.tied[0] - _STEP <= best) & (best <= judgement.tied[1] + _STEP)).any()),
        float(low <= worth.max() - regret <= high),
    )


def main() -> None:
    """Play the searches and print a line for each kind of search on each group of curves."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tables", type=Path)
    parser.add_argument("--searches", type=int, default=20)
    parser.add_argument("--budget", type=float, default=10.0)
    parser.add_argument("--only", action="append", choices=["auto", *PEERS])
    parser.add_argument("--each", action="store_true", help="a line for each table too")
    parser.add_argument("--quick", action="store_true")
    given = parser.parse_args()
    n = 1 if given.quick else given.searches
    tables = load_tables(given.tables) if given.tables else []
    families = () if tables else FAMILIES[:2] if given.quick else FAMILIES
    print(
        f"{'search':19s}{'curves':15s}{'n':>5s}{'cost':>7s}{'regret':>8s}{'95th':>7s}{'U':>6s}{'tied':>6s}{'exp':>6s}"
    )
    for name in given.only or ["auto", *PEERS]:
        groups: dict[str, list[list[Row]]] = {}
        for table in tables:
            rng = np.random.default_rng(1)
            rows = [_one(name, table, rng, given.budget) for _ in range(n)]
            if given.each:
                _show(name, table.name, [rows])
            for group in ("all", table.schedule, "cliff" if table.has_cliff else "no cliff"):
                groups.setdefault(group, []).append(rows)
        for family in families:
            rng = np.random.default_rng(2)
            groups[family] = [[_one(name, draw_table(family, rng), rng, given.budget) for _ in range(n)]]
        for group, of_tables in groups.items():
            _show(name, group, of_tables)


def _one(name: str, table: Table, rng: np.random.Generator, budget: float) -> Row:
    if name == "auto":
        return judged(table, play(table, rng, budget))
    played: Played = PEERS[name](table, rng)
    return Row(played.spent, table.regret(played.x))


def _show(name: str, group: str, of_tables: list[list[Row]]) -> None:
    rows = np.array([row for rows in of_tables for row in rows])
    highest = np.mean([np.quantile([row.regret for row in rows], 0.95) for rows in of_tables])
    held = [column[np.isfinite(column)] for column in rows[:, 2:].T]
    shares = "".join(f"{each.mean():6.2f}" if each.size else f"{'-':>6s}" for each in held)
    cost, regret = rows[:, :2].mean(axis=0)
    print(f"{name:19s}{group:15s}{len(rows):5d}{cost:7.2f}{regret:8.3f}{highest:7.2f}{shares}", flush=True)


if __name__ == "__main__":
    main()
