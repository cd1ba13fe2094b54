"""What a person sees of a run: the ranked table and the lines around it. Reads records; knows no torch."""

from __future__ import annotations

from lrsearch.report.lines import arms_line, footer_lines, header_line, next_command, plan_line, short_rate
from lrsearch.report.pytorch import pytorch_lines
from lrsearch.report.table import arms_table, ranked_table

__all__ = [
    "arms_line",
    "arms_table",
    "footer_lines",
    "header_line",
    "next_command",
    "plan_line",
    "pytorch_lines",
    "ranked_table",
    "short_rate",
]
