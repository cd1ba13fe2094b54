"""What a person sees of a run: table, lines, pictures, and the report. Reads records; knows no torch."""

from __future__ import annotations

from lrsearch.report.lines import arms_line, footer_lines, header_line, next_command, plan_line, written
from lrsearch.report.pytorch import pytorch_lines
from lrsearch.report.rates import short_rate
from lrsearch.report.table import arms_table, ranked_table
from lrsearch.report.terminal_plot import draw_accuracy
from lrsearch.report.writing import write_report

__all__ = [
    "arms_line",
    "arms_table",
    "draw_accuracy",
    "footer_lines",
    "header_line",
    "next_command",
    "plan_line",
    "pytorch_lines",
    "ranked_table",
    "short_rate",
    "write_report",
    "written",
]
