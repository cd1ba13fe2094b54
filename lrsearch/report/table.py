"""The ranked table, drawn by rich."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich import box
from rich.table import Table
from rich.text import Text

from lrsearch.analysis import Ranking, Row

BAR = 15  # characters
BROKEN = frozenset({"collapsed", "diverged", "failed", "oom", "killed"})
FIRST_TO_GO = ("", "seconds", "epoch", "val loss", "train", "rank")
"""Columns that a narrow terminal does without, in this order; `lr`, accuracy and state always stay."""

MOST_ROWS, SHOWN_ROWS = 60, 50
"""Rows of a table that is shown whole, and what is shown of a longer one: nobody reads ten thousand."""

_GAP = 3  # characters between two columns
_STATE = 9  # a message may be folded to this width, the state itself is never cut


@dataclass(frozen=True, slots=True)
class _Column:
    head: str
    cells: list[Text]
    right: bool = False

    @property
    def width(self) -> int:
        if self.head == "state":
            return _STATE
        return max(len(self.head), *(cell.cell_len for cell in self.cells)) if self.cells else len(self.head)


def ranked_table(ranking: Ranking, width: int = 120) -> Table:
    """One row for each learning rate, best first; of very many the best ones.

    Args:
        ranking: What to show.
        width: Columns of the terminal.
    """
    rows = ranking.rows if len(ranking.rows) <= MOST_ROWS else ranking.rows[:SHOWN_ROWS]
    columns = _columns(rows, ranking.best)
    for head in FIRST_TO_GO:
        if sum(column.width + _GAP for column in columns) <= width:
            break
        columns = [column for column in columns if column.head != head]
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    for column in columns:
        folds = column.head == "state"
        table.add_column(
            column.head,
            justify="right" if column.right else "left",
            no_wrap=not folds,
            overflow="fold",
            min_width=column.width,
        )
    for place, row in enumerate(rows):
        cells = [column.cells[place] for column in columns]
        table.add_row(*cells, style="dim" if row.state in BROKEN else None)
    if left := len(ranking.rows) - len(rows):
        table.caption = Text(f"and {left:,} more: results.csv has them all")
        table.caption_justify = "left"
    return table


def _columns(rows: Sequence[Row], best: Row | None) -> list[_Column]:
    scale = _bar_scale(rows)
    arms = [_Column("arm", [Text(row.arm) for row in rows])] if any(row.arm for row in rows) else []
    has_repeats = any(row.n > 1 for row in rows)
    return [
        _Column("rank", [Text(str(row.rank)) for row in rows], right=True),
        *arms,
        _Column("lr", [Text(f"{row.lr:.2e}") for row in rows], right=True),
        _Column("val accuracy", [Text(_accuracy(row, has_repeats=has_repeats)) for row in rows]),
        _Column("", [_bar(row, scale) for row in rows]),
        _Column("train", [Text(_number(row.train_accuracy, ".3f")) for row in rows], right=True),
        _Column("val loss", [Text(_loss(row.val_loss)) for row in rows], right=True),
        _Column("epoch", [Text("-" if row.best_epoch is None else str(row.best_epoch)) for row in rows], right=True),
        _Column("seconds", [Text(f"{row.seconds:.1f}") for row in rows], right=True),
        _Column("state", [_state(row, is_best=row is best) for row in rows]),
    ]


def _loss(value: float | None) -> str:
    return _number(value, ".3f" if value is None or value < 1000 else ".1e")


def _accuracy(row: Row, *, has_repeats: bool) -> str:
    if row.val_accuracy is None:
        return "-"
    spread = "" if row.val_accuracy_sd is None else f" ±{row.val_accuracy_sd:.3f}"
    return f"{row.val_accuracy:.3f}{spread}" if has_repeats else f"{row.val_accuracy:.3f}"


def _bar_scale(rows: Sequence[Row]) -> float:
    return max((row.val_accuracy for row in rows if row.val_accuracy is not None), default=1.0) or 1.0


def _bar(row: Row, scale: float) -> Text:
    eighths = round((row.val_accuracy or 0.0) / scale * BAR * 8)
    full, part = divmod(eighths, 8)
    return Text("█" * full + " ▏▎▍▌▋▊▉"[part].strip(), style="cyan")


def _number(value: float | None, form: str) -> str:
    return "-" if value is None else format(value, form)


def _state(row: Row, *, is_best: bool) -> Text:
    words = Text("best", style="bold green") if is_best else Text("" if row.state == "ok" else row.state)
    return words.append(f"{': ' if words.plain else ''}{row.message}") if row.message else words
