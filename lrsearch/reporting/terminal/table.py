"""Draws the ranked table of rates and the table of arms with rich."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from rich import box
from rich.table import Table
from rich.text import Text

from lrsearch.analysis.ranking import Ranking, Row
from lrsearch.catalog import Metric
from lrsearch.wording import distinct_rates, one_line

BAR = 15  # width of the longest bar, in characters
BROKEN = frozenset({"collapsed", "diverged", "failed", "oom", "killed", "pruned"})
CHANCE_LEVEL = "ended at chance level"
"""How the progress describes a training that did not learn. The table says why."""

_WHY_UNLEARNED = {
    "collapsed": f"collapsed: training {CHANCE_LEVEL}",
    "not yet": "not yet: the rate is too low, or the training is too short, to learn anything",
    "cannot tell": "cannot tell: the network may have learned, but the validation examples are too few to show this",
}
"""What the lines under the table say about rates that did not learn, by state."""

TO_TARGET = "to 99 %"
"""The column with the first epoch that reached 99 % of the best score, and the seconds until then; only with arms."""

SCORE = "score"
"""The name of the column with the scores. Its heading is `Metric.head`."""

FIRST_TO_GO = ("", "seconds", "epoch", "val loss", "train", "rank")
"""Columns that are left out on a narrow terminal, in this order. The columns `lr`, score and `state` always stay."""

FIRST_TO_GO_OF_ARMS = ("epoch", "seconds", "", TO_TARGET, "val loss", "train", "rank")
"""Columns that are left out of a table with arms on a narrow terminal, in this order."""

MOST_ROWS, SHOWN_ROWS = 60, 50
"""A table of at most `MOST_ROWS` rows is shown completely. A longer table shows about `SHOWN_ROWS` rows."""

_OPTIONAL = ("train", "val loss", TO_TARGET)
"""Columns that are left out if no row has a value."""

OVERRIDES = "overrides"
"""The column with the spec keys that the trials of a row change. Without such trials, the table has no such column."""

_GAP = 3  # characters between two columns
_STATE = 9  # minimum width of the column `state`; a longer message is wrapped
_ARM = 20  # on a narrow terminal, a longer name is wrapped


@dataclass(frozen=True, slots=True)
class _Column:
    head: str
    cells: list[Text]
    right: bool = False
    name: str = ""

    @property
    def key(self) -> str:
        """The name of the column in the program: the heading, unless the column has a name of its own."""
        return self.name or self.head

    @property
    def width(self) -> int:
        if self.head == "state":
            return _STATE
        if self.head in {"arm", OVERRIDES}:
            return min(_ARM, max(len(self.head), *(cell.cell_len for cell in self.cells)))
        return max(len(self.head), *(cell.cell_len for cell in self.cells)) if self.cells else len(self.head)


def ranked_table(ranking: Ranking, width: int = 120) -> Table:
    """Make a table with one row for each learning rate, arm by arm, best first. A long table shows only the best rates.

    Args:
        ranking: The ranking to show.
        width: Width of the terminal in columns.
    """
    rows = _shown(ranking)
    table = _draw(_columns(rows, ranking), width, dim=[row.state in BROKEN for row in rows], groups=_groups(rows))
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
    columns = {column.key: column for column in _columns(rows, ranking)}
    columns["rank"] = _Column("rank", [Text(str(row.arm_rank)) for row in rows], right=True)
    columns["arm"] = _Column("arm", [Text(one_line(arm)) for arm in arms])
    columns["best lr"] = replace(columns.pop("lr"), head="best lr")
    columns["seconds"] = _Column("seconds", [Text(f"{each:.1f}") for each in seconds], right=True)
    columns["state"] = _Column("state", [_arm_state(row, ranking.best, tied) for row in rows])
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
    table = _draw([columns[head] for head in order], width, dim=[row.state != "ok" for row in rows])
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


def _draw(columns: list[_Column], width: int, *, dim: Sequence[bool], groups: Sequence[bool] = ()) -> Table:
    """Draw a table with the columns that fit into a width.

    Optional columns without any value are left out if some row has a score, because a program may report nothing but
    its metric.

    Args:
        columns: The columns, each with a cell for every row.
        width: Width of the terminal in columns.
        dim: For each row, whether to draw the row dim.
        groups: For each row, whether to draw a line below the row; empty for no lines.
    """
    if any(map(_has_values, (column for column in columns if column.key == SCORE))):
        columns = [column for column in columns if column.key not in _OPTIONAL or _has_values(column)]
    for head in FIRST_TO_GO_OF_ARMS if any(column.head == "arm" for column in columns) else FIRST_TO_GO:
        if sum(column.width + _GAP for column in columns) <= width:
            break
        columns = [column for column in columns if column.key != head]
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    for column in columns:
        folds = column.head in {"state", "arm", OVERRIDES}
        table.add_column(
            column.head,
            justify="right" if column.right else "left",
            no_wrap=not folds,
            overflow="fold",
            min_width=column.width,
        )
    for place, is_dim in enumerate(dim):
        cells = [column.cells[place] for column in columns]
        table.add_row(*cells, style="dim" if is_dim else None, end_section=bool(groups) and groups[place])
    return table


def _has_values(column: _Column) -> bool:
    return any(cell.plain != "-" for cell in column.cells)


def _columns(rows: Sequence[Row], ranking: Ranking) -> list[_Column]:
    metric, share_of = ranking.metric, _bar_share(rows, ranking)
    rates = distinct_rates([row.lr for row in rows], scientific=True)
    has_arms = any(row.arm for row in rows)
    firsts = [not place or rows[place - 1].arm != row.arm for place, row in enumerate(rows)]
    arms = _Column(
        "arm", [Text(one_line(row.arm) if is_first else "") for row, is_first in zip(rows, firsts, strict=True)]
    )
    overrides = _Column(OVERRIDES, [Text(one_line(row.overrides_words)) for row in rows])
    has_repeats = any(row.n > 1 for row in rows)
    return [
        *([arms] if has_arms else []),
        _Column("rank", [Text("-" if row.rank is None else str(row.rank)) for row in rows], right=True),
        _Column("lr", [Text(rate) for rate in rates], right=True),
        *([overrides] if ranking.has_overrides else []),
        _Column(metric.head, [Text(_score(row, metric, has_repeats=has_repeats)) for row in rows], name=SCORE),
        _Column("", [_bar(share_of(row)) for row in rows]),
        _Column("train", [Text(_number(row.train_accuracy, ".3f")) for row in rows], right=True),
        _other(rows, metric),
        _Column("epoch", [Text("-" if row.best_epoch is None else str(row.best_epoch)) for row in rows], right=True),
        *([_Column(TO_TARGET, [Text(_to_target(row)) for row in rows], right=True)] if has_arms else []),
        _Column("seconds", [Text(f"{row.seconds:.1f}") for row in rows], right=True),
        _Column("state", [_state(row, is_best=row is ranking.best_of(row.arm)) for row in rows]),
    ]


def _to_target(row: Row) -> str:
    if row.epochs_to_target is None or row.seconds_to_target is None:
        return "-"
    return f"{row.epochs_to_target} ep, {row.seconds_to_target:.1f} s"


def _loss(value: float | None) -> str:
    return _number(value, ".3f" if value is None or value < 1000 else ".1e")


def _other(rows: Sequence[Row], metric: Metric) -> _Column:
    """Make the column of the validation loss, or of the validation accuracy if the loss is the score."""
    if metric.name == "val_loss":
        cells = [Text(_number(row.val_accuracy, ".3f")) for row in rows]
        return _Column("val accuracy", cells, right=True, name="val loss")
    return _Column("val loss", [Text(_loss(row.val_loss)) for row in rows], right=True)


def _score(row: Row, metric: Metric, *, has_repeats: bool) -> str:
    if row.score is None:
        return "-"
    score = metric.text(row.score)
    if not has_repeats or row.score_low is None or row.score_high is None:
        spread = "" if row.score_sd is None else f" sd {metric.text(row.score_sd)}"
        return f"{score}{spread if has_repeats else ''}"
    return f"{score} ±{metric.text(max(row.score - row.score_low, row.score_high - row.score))}"


def _bar_share(rows: Sequence[Row], ranking: Ranking) -> Callable[[Row], float]:
    """Return a function that gives the length of a row's bar, in [0, 1].

    The best score has length 1. The bar starts at 0 for an accuracy or another share where higher is better, otherwise
    at the score of the best constant prediction, or at the worst score if the score of that prediction is not known.
    """
    metric = ranking.metric
    levels = [metric.oriented(row.score) for row in rows if row.score is not None]
    best = max(levels, default=0.0)
    if metric.grows_from_zero:
        none = 0.0
    else:
        none = min(levels, default=0.0) if ranking.constant is None else metric.oriented(ranking.constant)
    longest = best - none if best > none else 1.0

    def share(row: Row) -> float:
        level = none if row.score is None else metric.oriented(row.score)
        return min(max((level - none) / longest, 0.0), 1.0)

    return share


def _bar(share: float) -> Text:
    full, part = divmod(round(share * BAR * 8), 8)
    return Text("█" * full + " ▏▎▍▌▋▊▉"[part].strip(), style="cyan")


def _number(value: float | None, form: str) -> str:
    return "-" if value is None else format(value, form)


def _state(row: Row, *, is_best: bool) -> Text:
    tied = Text("tied", style="green") if row.tied else Text("")
    words = Text("best", style="bold green") if is_best else tied if row.state == "ok" else Text(row.state)
    if row.verdict in {"unstable", "overfitting"} and row.verdict not in words.plain:
        words.append(f"{', ' if words.plain else ''}{row.verdict}")
    if row.confirmed:
        words.append(f"{', ' if words.plain else ''}confirmed")
    return words.append(f"{': ' if words.plain else ''}{one_line(row.message)}") if row.message else words


def _arm_state(row: Row, best: Row | None, tied: Collection[str]) -> Text:
    if row is best or row.state != "ok":
        return _state(row, is_best=row is best)
    return Text("tied" if row.arm in tied else "")
