"""Compares runs: checks that the runs can be compared, finds the settings that differ, and ranks the runs."""

from __future__ import annotations

from lrsearch.reporting.compare.comparison import Difference, Side, find_differences, make_sides, why_not_comparable
from lrsearch.reporting.compare.page import comparison_page, comparison_picture, difference_lines, sides_table
from lrsearch.reporting.compare.text import comparison_csv, comparison_json, comparison_md

__all__ = [
    "Difference",
    "Side",
    "comparison_csv",
    "comparison_json",
    "comparison_md",
    "comparison_page",
    "comparison_picture",
    "difference_lines",
    "find_differences",
    "make_sides",
    "sides_table",
    "why_not_comparable",
]
