"""Makes the ranked table of rates and the table of arms."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from itertools import pairwise

from rich.table import Table
from rich.text import Text

from lrsearch.analysis.ranking import Ranking, Row
from lrsearch.reporting.terminal.table_columns import arm_state, make_columns
from lrsearch.reporting.terminal.table_layout import OVERRIDES, SCORE, TO_TARGET, Column, draw_table
from lrsearch.wording import one_line

BROKEN = frozenset({"collapsed", "diverged", "failed", "oom", "killed", "pruned"})
CHANCE_LEVEL = "ended at chance level"
"""How the progress describes a training that did not learn. The table says why."""

_WHY_UNLEARNED = {
    "collapsed": f"collapsed: training {CHANCE_LEVEL}",
    "not yet": "not yet: the rate is too low, or the training is too short, to learn anything",
    "cannot tell": "cannot tell: the network may have learned, but the validation examples are too few to show this",
}
"""What the lines under the table say about rates that did not learn, by state."""

MOST_ROWS, SHOWN_ROWS = 60, 50
"""A table of at most `MOST_ROWS` rows is shown completely. A longer table shows about `SHOWN_ROWS` rows."""


def ranked_table(ranking: Ranking, width: int = 120) -> Table:
    """Make a table with one row for each learning rate, arm by arm, best first. A long table shows only the best rates.

    Args:
        ranking: The ranking to show.
        width: Width of the terminal in columns.
    """
    rows = _shown(ranking)
    table = draw_table(
        make_columns(rows, ranking), width, dim=[row.state in BROKEN for row in rows], groups=_groups(rows)
    )
    notes = []
    if left := len(ranking.rows) - len(rows):
        notes.append(f"and {left:,} more rates; results.csv has all rates")
    notes += [note for state, note in _WHY_UNLEARNED.items() if any(row.state == state for row in rows)]
    _add_notes(table, notes)
    return table


def arms_table(ranking: Ranking, width: int = 120, tied: Collection[str] = ()) -> Table:
    """Make a table with one row for each arm and its best rate, best first. A long table shows only the best arms.

    Args:
        ranking: The ranking to show.
        width: Width of the terminal in columns.
        tied: The arms that are statistically tied with the best one.
    """
    arms = ranking.arms if len(ranking.arms) <= MOST_ROWS else ranking.arms[:SHOWN_ROWS]
    # If an arm has no best rate, show its first row, which tells what went wrong.
    rows = [ranking.best_of(arm) or ranking.of_arm(arm)[0] for arm in arms]
    seconds = [sum(row.seconds for row in ranking.of_arm(arm)) for arm in arms]
    columns = {column.key: column for column in make_columns(rows, ranking)}
    columns["rank"] = Column("rank", [Text(str(row.arm_rank)) for row in rows], right=True)
    columns["arm"] = Column("arm", [Text(one_line(arm)) for arm in arms])
    columns["best lr"] = replace(columns.pop("lr"), head="best lr")
    columns["seconds"] = Column("seconds", [Text(f"{each:.1f}") for each in seconds], right=True)
    columns["state"] = Column("state", [arm_state(row, ranking.best, tied) for row in rows])
    overrides = [OVERRIDES] if ranking.has_overrides else []
    order = [
        "rank",
        "arm",
        "best lr",
        *overrides,
        SCORE,
        "",
        "train",
        "val loss",
        "epoch",
        TO_TARGET,
        "seconds",
        "state",
    ]
    table = draw_table([columns[head] for head in order], width, dim=[row.state != "ok" for row in rows])
    if left := len(ranking.arms) - len(arms):
        _add_notes(table, [f"and {left:,} more arms; results.json has all arms"])
    return table


def _add_notes(table: Table, notes: Sequence[str]) -> None:
    """Add lines under a table."""
    if notes:
        table.caption = Text("\n".join(notes))
        table.caption_justify = "left"


def _shown(ranking: Ranking) -> Sequence[Row]:
    """Return the rows to show: all rows, or the best rates of the best arms if there are too many."""
    if len(ranking.rows) <= MOST_ROWS:
        return ranking.rows
    n_rates = max(3, SHOWN_ROWS // len(ranking.arms))
    n_arms = max(1, SHOWN_ROWS // n_rates)
    return [row for row in ranking.rows if row.rank is not None and row.rank <= n_rates and row.arm_rank <= n_arms]


def _groups(rows: Sequence[Row]) -> list[bool]:
    """Return, for each row, whether the next row belongs to a different arm."""
    if not rows:
        return []
    return [*(row.arm != after.arm for row, after in pairwise(rows)), False]
