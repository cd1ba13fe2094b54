"""Draws the columns of a table with rich, as many as fit into the width of the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich import box
from rich.table import Table
from rich.text import Text

TO_TARGET = "to 99 %"
"""The column with the first epoch that reached 99 % of the best score, and the seconds until then; only with arms."""

SCORE = "score"
"""The name of the column with the scores. Its heading is `Metric.head`."""

FIRST_TO_GO = ("", "seconds", "epoch", "val loss", "train", "rank")
"""Columns that are left out on a narrow terminal, in this order. The columns `lr`, score and `state` always stay."""

FIRST_TO_GO_OF_ARMS = ("epoch", "seconds", "", TO_TARGET, "val loss", "train", "rank")
"""Columns that are left out of a table with arms on a narrow terminal, in this order."""

_OPTIONAL = ("train", "val loss", TO_TARGET)
"""Columns that are left out if no row has a value."""

OVERRIDES = "overrides"
"""The column with the spec keys that the trials of a row change. Without such trials, the table has no such column."""

_GAP = 3  # characters between two columns
_STATE = 9  # minimum width of the column `state`; a longer message is wrapped
_ARM = 20  # on a narrow terminal, a longer name is wrapped


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table.

    Attributes:
        head: The heading.
        cells: One cell for each row.
        right: Whether the cells are aligned to the right.
        name: The name of the column in the program; "" if the heading is its name.
    """

    head: str
    cells: list[Text]
    right: bool = False
    name: str = ""

    @property
    def key(self) -> str:
        """The name of the column in the program."""
        return self.name or self.head

    @property
    def width(self) -> int:
        """The minimum width of the column, in characters."""
        if self.head == "state":
            return _STATE
        if self.head in {"arm", OVERRIDES}:
            return min(_ARM, max(len(self.head), *(cell.cell_len for cell in self.cells)))
        return max(len(self.head), *(cell.cell_len for cell in self.cells)) if self.cells else len(self.head)


def draw_table(columns: list[Column], width: int, *, dim: Sequence[bool], groups: Sequence[bool] = ()) -> Table:
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


def _has_values(column: Column) -> bool:
    return any(cell.plain != "-" for cell in column.cells)
