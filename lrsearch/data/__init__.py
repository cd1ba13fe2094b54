"""Data sets: found or fetched, checked, split, and laid out on the device that trains.

    DataSpec -> load_arrays -> Arrays -> split -> Split -> Resident

`open_split` goes all the way to the `Split`. All of it is numpy but for the last step: torch is imported by
`lrsearch.data.resident` and `lrsearch.data.augment` alone. The test set of a data set is never read.
"""

from __future__ import annotations

from lrsearch.data.arrays import Arrays, Labels, Pixels, Split, parse_arrays
from lrsearch.data.download import Progress
from lrsearch.data.opening import load_arrays, open_split
from lrsearch.data.places import data_root
from lrsearch.data.split import facts

__all__ = [
    "Arrays",
    "Labels",
    "Pixels",
    "Progress",
    "Split",
    "data_root",
    "facts",
    "load_arrays",
    "open_split",
    "parse_arrays",
]
