"""A run in a terminal: the table, the answer, the lines around them, the plot made of characters."""

from __future__ import annotations

from lrsearch.report.terminal.accuracy_plot import draw_accuracy, folded
from lrsearch.report.terminal.answer import answer_lines
from lrsearch.report.terminal.lines import (
    arms_line,
    footer_lines,
    header_line,
    holds_for,
    named,
    next_command,
    plan_line,
    written,
)
from lrsearch.report.terminal.pytorch import pytorch_lines
from lrsearch.report.terminal.table import arms_table, ranked_table

__all__ = [
    "answer_lines",
    "arms_line",
    "arms_table",
    "draw_accuracy",
    "folded",
    "footer_lines",
    "header_line",
    "holds_for",
    "named",
    "next_command",
    "plan_line",
    "pytorch_lines",
    "ranked_table",
    "written",
]
