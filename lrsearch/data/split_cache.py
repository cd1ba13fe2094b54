"""Caches splits on the disk and memory-maps them, so that all processes of a machine share one copy."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from lrsearch.data.arrays import Examples, Split, checksum
from lrsearch.data.leftovers import remove_leftovers

SMALLEST_BYTES = 4 << 20
"""A split is cached if its examples take at least this many bytes. A smaller split can be made as fast as it can be
read."""
MAX_SPLITS = 4
"""Number of splits that stay in the cache. The splits that were used longest ago are removed."""

_PARTS = ("x_train", "y_train", "x_val", "y_val")
_SUMS = "sums.json"


def cached_split(folder: Path | None, make: Callable[[], Split]) -> Split:
    """Open a split from the cache. If the cache does not have the split, make the split and store it.

    Args:
        folder: Folder of the split; the name of the folder identifies the split. The parent folder holds other splits.
            None for no cache.
        make: Makes the split.

    Returns:
        The split. The examples of a cached split are mapped into memory, images in (N, H, W, C) order: processes share
        the examples and read only the examples that they use. What a process writes into an example stays in that
        process. If the folder cannot be written to, or does not match its checksums, the split comes from `make`.
    """
    if folder is None:
        return make()
    split = _open(folder)
    if split is None:
        split = make()
        if split.x_train.nbytes + split.x_val.nbytes >= SMALLEST_BYTES:
            with contextlib.suppress(OSError):
                _store(folder, split)
                split = _open(folder) or split
    return split


def _open(folder: Path) -> Split | None:
    """Open the split in a folder. Return None if the folder has no split, or if the split is damaged."""
    try:
        sums = json.loads((folder / _SUMS).read_text())
        arrays = {part: np.load(folder / f"{part}.npy", mmap_mode="c", allow_pickle=False) for part in _PARTS}
        if sums["crc32"] != {part: checksum(values) for part, values in arrays.items()}:
            return None
        os.utime(folder)  # marks it as just used
        x_train, x_val = _channels_first(arrays["x_train"]), _channels_first(arrays["x_val"])
        split = Split(
            x_train=x_train, y_train=arrays["y_train"], x_val=x_val, y_val=arrays["y_val"], n_classes=sums["n_classes"]
        )
        names, words, remarks = (tuple(map(str, sums[key])) for key in ("class_names", "words", "remarks"))
        return replace(split, n_words=sums["n_words"], class_names=names, words=words, remarks=remarks)
    except (OSError, ValueError, KeyError, TypeError, EOFError):
        return None


def _channels_first(x: Examples) -> Examples:
    """Return images, (N, H, W, C), as (N, C, H, W); other examples as they are."""
    return np.moveaxis(x, -1, 1) if x.ndim == 4 else x


def _channels_last(x: Examples) -> Examples:
    return np.moveaxis(x, 1, -1) if x.ndim == 4 else x


def _store(folder: Path, split: Split) -> None:
    """Write a split, renaming its folder once it is complete. Remove the splits that were used longest ago."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    remove_leftovers(folder.parent)
    arrays = {part: np.ascontiguousarray(_channels_last(getattr(split, part))) for part in _PARTS}
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".", ignore_cleanup_errors=True) as temporary:
        complete = Path(temporary) / "split"
        complete.mkdir()
        for part, values in arrays.items():
            np.save(complete / f"{part}.npy", values, allow_pickle=False)
        crcs = {part: checksum(values) for part, values in arrays.items()}
        sums = {
            "n_classes": split.n_classes,
            "class_names": split.class_names,
            "n_words": split.n_words,
            "words": split.words,
            "remarks": split.remarks,
            "crc32": crcs,
        }
        (complete / _SUMS).write_text(json.dumps(sums))
        shutil.rmtree(folder, ignore_errors=True)  # a damaged split, if any
        complete.rename(folder)
    others = sorted(folder.parent.glob("[!.]*"), key=lambda path: path.stat().st_mtime_ns, reverse=True)
    for old in others[MAX_SPLITS:]:
        shutil.rmtree(old, ignore_errors=True)  # a process that has it mapped can still read it
