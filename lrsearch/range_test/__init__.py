"""The learning-rate range test, from its options to its files, text and plot.

Its mathematics is in `analysis.range`; its training steps are in `training.range_steps`.
"""

from __future__ import annotations

from lrsearch.range_test.api import (
    FOUND_SPEC,
    RangeTest,
    add_range_files,
    as_spec,
    given_own,
    range_files,
    run_range,
    test_where_auto,
    told_range,
)
from lrsearch.range_test.plot import draw_range
from lrsearch.range_test.record import list_range_tests
from lrsearch.range_test.testing import Interrupted, RangeOptions, StageNotes, Tested, check_options, with_ranges
from lrsearch.range_test.text import answer_line, block_lines, suggestion_table

__all__ = [
    "FOUND_SPEC",
    "Interrupted",
    "RangeOptions",
    "RangeTest",
    "StageNotes",
    "Tested",
    "add_range_files",
    "answer_line",
    "as_spec",
    "block_lines",
    "check_options",
    "draw_range",
    "given_own",
    "list_range_tests",
    "range_files",
    "run_range",
    "suggestion_table",
    "test_where_auto",
    "told_range",
    "with_ranges",
]
