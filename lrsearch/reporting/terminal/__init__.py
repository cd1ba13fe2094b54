"""Shows a run in a terminal: the progress, the table, a plot made of characters, the answer and further lines."""

from __future__ import annotations

from lrsearch.reporting.terminal.accuracy_plot import draw_accuracy, folded
from lrsearch.reporting.terminal.answer import answer_lines, run_answer
from lrsearch.reporting.terminal.console import make_console, say
from lrsearch.reporting.terminal.from_python import shows_progress
from lrsearch.reporting.terminal.lines import (
    arms_line,
    footer_lines,
    further_settings,
    header_line,
    measured_with,
    named,
    nothing_line,
    plan_line,
    schedule_words,
    written,
)
from lrsearch.reporting.terminal.next_command import next_command, search_again
from lrsearch.reporting.terminal.progress import Display, make_display, search_progress
from lrsearch.reporting.terminal.pytorch import pytorch_lines
from lrsearch.reporting.terminal.table import arms_table, ranked_table
from lrsearch.reporting.terminal.trained import Trained, command_line

__all__ = [
    "Display",
    "Trained",
    "answer_lines",
    "arms_line",
    "arms_table",
    "command_line",
    "draw_accuracy",
    "folded",
    "footer_lines",
    "further_settings",
    "header_line",
    "make_console",
    "make_display",
    "measured_with",
    "named",
    "next_command",
    "nothing_line",
    "plan_line",
    "pytorch_lines",
    "ranked_table",
    "run_answer",
    "say",
    "schedule_words",
    "search_again",
    "search_progress",
    "shows_progress",
    "written",
]
