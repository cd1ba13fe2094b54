"""Data sets: loads or downloads, checks and splits a data set, and puts it on the device that trains.

    DataSpec -> load_arrays -> Arrays -> split -> Split -> Resident

`load_arrays` asks the data set's loader (`lrsearch.data.loader`). `open_split` does every step up to the `Split`. These
steps use numpy; only `resident`, `images` and `augment` import torch. Only `open_test` reads the test part.
"""

from __future__ import annotations

from lrsearch.data.arrays import Arrays, Labels, Pixels, Sizes, Split, Targets, TestPart
from lrsearch.data.download import Progress
from lrsearch.data.image_arrays import parse_arrays
from lrsearch.data.opening import check_files, load_arrays, open_split
from lrsearch.data.places import data_root, named_path
from lrsearch.data.split import count_shared, describe, with_validation
from lrsearch.data.testing import check_test, open_test

__all__ = [
    "Arrays",
    "Labels",
    "Pixels",
    "Progress",
    "Sizes",
    "Split",
    "Targets",
    "TestPart",
    "check_files",
    "check_test",
    "count_shared",
    "data_root",
    "describe",
    "load_arrays",
    "named_path",
    "open_split",
    "open_test",
    "parse_arrays",
    "with_validation",
]
