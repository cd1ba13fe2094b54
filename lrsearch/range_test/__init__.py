"""The learning-rate range test: its options, its trials, its files, and its results as text and as a plot.

The mathematics is in `analysis.range`. The training steps are in `training.range_steps`.
"""

from __future__ import annotations

from lrsearch.range_test.api import (
    FOUND_SPEC,
    FoundRanges,
    RangeTest,
    add_range_files,
    find_ranges,
    range_files,
    run_range,
    with_tested_range,
)
from lrsearch.range_test.plot import draw_range
from lrsearch.range_test.progress import RangeProgress
from lrsearch.range_test.record import list_range_tests
from lrsearch.range_test.request import Request, make_request
from lrsearch.range_test.testing import Interrupted, RangeOptions, StageNotes, Tested, check_options
from lrsearch.range_test.text import answer_line, block_lines, suggestion_table

__all__ = [
    "FOUND_SPEC",
    "FoundRanges",
    "Interrupted",
    "RangeOptions",
    "RangeProgress",
    "RangeTest",
    "Request",
    "StageNotes",
    "Tested",
    "add_range_files",
    "answer_line",
    "block_lines",
    "check_options",
    "draw_range",
    "find_ranges",
    "list_range_tests",
    "make_request",
    "range_files",
    "run_range",
    "suggestion_table",
    "with_tested_range",
]
