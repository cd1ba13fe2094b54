"""Packs the classes of many examples into a short text, for JSON."""

from __future__ import annotations

import base64
import binascii
import zlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST_PACKED = 200_000
"""Largest number of examples whose classes are packed. For 10 classes they take about 110 kB."""


def pack_classes(classes: Sequence[int] | NDArray[Any]) -> str | None:
    """Pack classes; None if there are more than `MOST_PACKED`.

    Args:
        classes: Whole numbers from 0 to 2^32 - 1; (n,).

    Example:
        >>> unpack_classes(pack_classes([3, 1, 2]), 3).tolist()
        [3, 1, 2]
    """
    import numpy as np

    if len(classes) > MOST_PACKED:
        return None
    plain = np.asarray(classes, dtype="<u4").view(np.uint8).reshape(-1, 4)  # byte by byte, which compresses better
    return base64.b64encode(zlib.compress(plain.T.tobytes(), 9)).decode()


def unpack_classes(packed: str | None, n: int | None) -> NDArray[Any] | None:
    """Unpack classes; None if the text is damaged, or does not hold the classes of n examples."""
    import numpy as np

    if packed is None or n is None:
        return None
    try:
        held = zlib.decompressobj().decompress(base64.b64decode(packed, validate=True), 4 * MOST_PACKED + 1)
    except (binascii.Error, ValueError, zlib.error):
        return None
    if len(held) != 4 * n:
        return None
    columns = np.frombuffer(held, dtype=np.uint8).reshape(4, n)
    return np.ascontiguousarray(columns.T).view("<u4").reshape(n).astype(np.int64)
