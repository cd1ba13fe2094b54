"""Splits kept on the disk between runs, and memory-mapped: all processes of a machine share one copy."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import tempfile
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np

from lrsearch.data.arrays import Labels, Pixels, Split

SMALLEST_BYTES = 4 << 20
"""Pixels of a split that is kept: a smaller one is made as fast as it is read."""
MOST_KEPT = 4
"""Splits that are kept, the last used ones."""

_PARTS = ("x_train", "y_train", "x_val", "y_val")
_SUMS = "sums.json"


def kept_split(place: Path, make: Callable[[], Split]) -> Split:
    """Open a split that is kept, or make it and keep it.

    Args:
        place: Its folder, named by all that the split is made from; beside it lie others.
        make: Makes the split.

    Returns:
        The split. Of a kept one the images are mapped into memory, in (N, H, W, C) order, so that processes share them
        and none reads what it does not use; what is written into them stays in the process that writes. Where the
        folder cannot be written to, or holds what does not match its checksums, the split is the one that was made.
    """
    split = _open(place)
    if split is None:
        split = make()
        if split.x_train.nbytes + split.x_val.nbytes >= SMALLEST_BYTES:
            with contextlib.suppress(OSError):
                _keep(place, split)
                split = _open(place) or split
    return split


def _open(place: Path) -> Split | None:
    """The split in a folder; None where there is none, or a damaged one."""
    try:
        sums = json.loads((place / _SUMS).read_text())
        arrays = {part: np.load(place / f"{part}.npy", mmap_mode="c", allow_pickle=False) for part in _PARTS}
        if sums["crc32"] != {part: _crc(values) for part, values in arrays.items()}:
            return None
        os.utime(place)  # used now
        return _split(arrays["x_train"], arrays["y_train"], arrays["x_val"], arrays["y_val"], int(sums["n_classes"]))
    except (OSError, ValueError, KeyError, TypeError, EOFError):
        return None


def _split(x_train: Pixels, y_train: Labels, x_val: Pixels, y_val: Labels, n_classes: int) -> Split:
    x_train, x_val = (x.transpose(0, 3, 1, 2) for x in (x_train, x_val))
    return Split(x_train=x_train, y_train=y_train, x_val=x_val, y_val=y_val, n_classes=n_classes)


def _keep(place: Path, split: Split) -> None:
    """Write a split to its folder, which appears whole; the oldest others go."""
    place.parent.mkdir(parents=True, exist_ok=True)
    images = {part: getattr(split, part).transpose(0, 2, 3, 1) for part in ("x_train", "x_val")}
    arrays = {part: np.ascontiguousarray(images.get(part, getattr(split, part))) for part in _PARTS}
    with tempfile.TemporaryDirectory(dir=place.parent, prefix=".", ignore_cleanup_errors=True) as folder:
        whole = Path(folder) / "whole"
        whole.mkdir()
        for part, values in arrays.items():
            np.save(whole / f"{part}.npy", values, allow_pickle=False)
        sums = {"n_classes": split.n_classes, "crc32": {part: _crc(values) for part, values in arrays.items()}}
        (whole / _SUMS).write_text(json.dumps(sums))
        shutil.rmtree(place, ignore_errors=True)  # a damaged one
        whole.rename(place)
    others = sorted(place.parent.glob("[!.]*"), key=lambda path: path.stat().st_mtime_ns, reverse=True)
    for old in others[MOST_KEPT:]:
        shutil.rmtree(old, ignore_errors=True)  # whoever has it mapped keeps it


def _crc(values: Pixels | Labels) -> int:
    return zlib.crc32(np.ascontiguousarray(values).data)
