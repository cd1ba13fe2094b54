"""Standardises the columns of a table by its training part, and fills in missing numbers."""

from __future__ import annotations

import warnings
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from lrsearch.data.arrays import Split
from lrsearch.errors import DataError
from lrsearch.spec import DataSpec


def standardised(parts: Split, data: DataSpec) -> Split:  # noqa: ARG001  (the signature of all)
    """Give each column the mean 0 and the standard deviation 1 in the training part.

    A missing number becomes the mean. If numbers are missing in the training part, a further column has a 1 where they
    are missing. Columns of 0 and 1 stay as they are. Columns with one value in the training part are left out.

    Args:
        parts: Rows of numbers, NaN for a missing one; (N, columns).
        data: Not used.

    Returns:
        The same rows, float32.

    Raises:
        DataError: No column has several values in the training part.
    """
    train = parts.x_train
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # of columns without any number
        mean, deviation = np.nanmean(train, axis=0), np.nanstd(train, axis=0)
    is_used = deviation > 1e-12 * np.abs(mean)  # NaN is not
    if not is_used.any():
        raise DataError("data: every column is constant in the training part")
    is_flag = np.isin(train, (0.0, 1.0)).all(axis=0)
    mean[is_flag], deviation[is_flag] = 0.0, 1.0
    has_missing = np.isnan(train).any(axis=0) & is_used

    def convert(x: npt.NDArray[np.float64]) -> npt.NDArray[np.float32]:
        numbers = (x[:, is_used] - mean[is_used]) / deviation[is_used]
        together = np.concatenate((np.nan_to_num(numbers, nan=0.0), np.isnan(x[:, has_missing])), axis=1)
        return together.astype(np.float32)

    return replace(parts, x_train=convert(train), x_val=convert(parts.x_val))
