"""The final training, at the rate that a search recommends: its weights, its test, and the files that it leaves.

`choice` decides what is trained, `finish` tests the network and writes the files; it is imported by its name, because
`lrsearch show` must not wait for it.
"""

from __future__ import annotations

from lrsearch.final.choice import Chosen, of_run, of_spec, without_expectation
from lrsearch.final.record import FINAL_FILE, FinalTest, read_final
from lrsearch.final.words import final_lines, rate_line

__all__ = [
    "FINAL_FILE",
    "Chosen",
    "FinalTest",
    "final_lines",
    "of_run",
    "of_spec",
    "rate_line",
    "read_final",
    "without_expectation",
]
