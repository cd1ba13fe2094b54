"""Checks that the examples of a data set fit into memory, before that memory is allocated."""

from __future__ import annotations

import os
from pathlib import Path

from lrsearch.errors import DataError

_CGROUP_LIMITS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")
_COPIES = 2  # a data set is in memory twice while it is split


def machine_bytes() -> int:
    """Return the memory of the machine, or of the container of this process."""
    return min([os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"), *_confined()])


def check_fits(n_bytes: int, source: str, advice: str, kind: str = "images") -> None:
    """Raise an error if the examples of a data set cannot fit into the memory of this machine.

    Args:
        n_bytes: Bytes of all examples of the data set, unpacked and resized.
        source: The name of the data set in the message, such as a file.
        advice: What to do, for the end of the message.
        kind: The kind of the examples, in the plural.

    Raises:
        DataError: The examples cannot fit.
    """
    total = machine_bytes()
    if _COPIES * n_bytes > total:
        raise DataError(
            f"{source}: its {kind} take {_gib(n_bytes)} of memory, and {_gib(_COPIES * n_bytes)} during the split, "
            f"but this machine has {_gib(total)}; {advice}"
        )


def _gib(n_bytes: int) -> str:
    return f"{n_bytes / 2**30:,.1f} GiB"


def _confined() -> list[int]:
    texts = [Path(place).read_text().strip() for place in _CGROUP_LIMITS if Path(place).is_file()]
    return [int(text) for text in texts if text.isdigit()]
