"""Makes the C library keep freed memory for the next step."""

from __future__ import annotations

import ctypes
import sys

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # constants of <malloc.h>
_LARGEST_MMAP_THRESHOLD = 32 << 20  # glibc refuses larger values
_NEVER = 2**31 - 1


def keep_freed_memory() -> bool:
    """Make glibc keep the memory that a step frees, for the whole process.

    Each training step frees and allocates the same tensors. By default glibc returns their memory to the system in
    between, and every page must be mapped again. That takes a fifth of a step of the `cnn` (batch 128, one core of a
    virtual machine).

    Returns:
        Whether glibc accepted the settings; False with any other C library.
    """
    if not sys.platform.startswith("linux"):
        return False
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is None:
        return False
    return bool(mallopt(_M_MMAP_THRESHOLD, _LARGEST_MMAP_THRESHOLD) and mallopt(_M_TRIM_THRESHOLD, _NEVER))
