"""Has the C library keep freed memory for the next step."""

from __future__ import annotations

import ctypes
import sys

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # of <malloc.h>
_LARGEST_MMAP_THRESHOLD = 32 << 20  # glibc refuses more
_NEVER = 2**31 - 1


def keep_freed_memory() -> bool:
    """Have glibc keep what a step frees, for the whole process.

    A training step frees and takes the same tensors again. By default glibc gives them back to the system in between,
    and every page is faulted in anew: a fifth of a step of the `cnn` (batch 128, one core of a virtual machine).

    Returns:
        Whether it was done; False on another C library.
    """
    if not sys.platform.startswith("linux"):
        return False
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is None:
        return False
    return bool(mallopt(_M_MMAP_THRESHOLD, _LARGEST_MMAP_THRESHOLD) and mallopt(_M_TRIM_THRESHOLD, _NEVER))
