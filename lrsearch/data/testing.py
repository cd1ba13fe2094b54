"""Opens the test part of a data set, which only the final training of `lrsearch train` looks at."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from lrsearch.data.arrays import TestPart
from lrsearch.data.download import Progress
from lrsearch.data.image_arrays import parse_test
from lrsearch.data.loader import loader_of
from lrsearch.spec import DataSpec


def open_test(
    data: DataSpec, given: Mapping[str, Any] | None = None, progress: Progress | None = None
) -> TestPart | None:
    """Load or download the test part of a data set.

    Args:
        data: The spec's data section.
        given: Arrays that the user passes from Python in place of the data set.
        progress: Called as the bytes of a download arrive.

    Returns:
        The test part; None if the data have none.

    Raises:
        DownloadError: The test part is missing and cannot be downloaded.
        DataError: The files or arrays are damaged, or do not fit the training part.
    """
    if given is not None:
        return parse_test({key: np.asarray(values) for key, values in given.items()}, "data")
    return loader_of(data).test(data, progress)


def check_test(data: DataSpec) -> None:
    """Check the file of test examples that a spec names, before a final training; only its first line is read.

    Raises:
        DataError: The file cannot be opened, or has not the columns of the training file.
    """
    loader_of(data).check_test(data)
