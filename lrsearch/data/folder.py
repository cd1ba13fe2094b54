"""The data set `folder`: images in one folder per class, resized once and cached."""

from __future__ import annotations

import contextlib
import hashlib
import os
import warnings
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lrsearch.data.arrays import Arrays, Pixels
from lrsearch.errors import DataError

_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp"})
_PARTS = frozenset({"train", "val", "test"})
_MAX_NAMED = 5  # unreadable images that an error names


@dataclass(frozen=True, slots=True)
class Listing:
    """The images of one part of a data set, sorted by class.

    Attributes:
        classes: Names of the classes, sorted.
        files: Every image, sorted within its class.
        labels: Class of each file, as an index into `classes`.
        digest: Hash that changes when a file is added, removed, renamed or written again.
    """

    classes: tuple[str, ...]
    files: tuple[Path, ...]
    labels: tuple[int, ...]
    digest: str


def list_folder(path: str) -> dict[str, Listing]:
    """Find the images of a data set.

    Args:
        path: A folder with one folder per class, or with `train` and, if any, `val` and `test`, each with one folder
            per class. Names that begin with a dot are ignored, and `test` is not read.

    Returns:
        The listing of "train" and, if there is one, of "val".

    Raises:
        DataError: There is no such folder, it has fewer than two classes, a class has no images, or a class is in `val`
            only.
    """
    top = Path(path).expanduser()
    if not top.is_dir():
        raise DataError(f"{path}: {'not a folder' if top.exists() else 'no such folder'}")
    children = set(_folders(top))
    is_parted = "train" in children and children <= _PARTS
    train = _list_part(top / "train" if is_parted else top)
    if not is_parted or "val" not in children:
        return {"train": train}
    return {"train": train, "val": _list_part(top / "val", train.classes)}


def load_folder(path: str, shape: tuple[int, int, int], cache: Path) -> Arrays:
    """Read the images of a data set, each resized to one shape.

    Args:
        path: See `list_folder`.
        shape: (channels, height, width). 1 channel is grey, 3 are red, green and blue. The whole image is resized to
            it, without keeping its proportions. Transparency is dropped. An animation gives its first frame.
        cache: Folder that stores the resized images for the next time. Nothing is stored if it cannot be written to.

    Raises:
        DataError: See `list_folder`. It also names images that cannot be read.
    """
    parts = list_folder(path)
    x = {part: _load_part(listing, shape, cache) for part, listing in parts.items()}
    y = {part: np.array(listing.labels, dtype=np.int64) for part, listing in parts.items()}
    return Arrays(
        x_train=x["train"],
        y_train=y["train"],
        x_val=x.get("val"),
        y_val=y.get("val"),
        n_classes=len(parts["train"].classes),
    )


def _folders(path: Path) -> list[str]:
    return sorted(child.name for child in path.iterdir() if child.is_dir() and not child.name.startswith("."))


def _list_part(top: Path, known: tuple[str, ...] | None = None) -> Listing:
    """List one part. `known` are the classes of the training part, if this is another part."""
    found = tuple(_folders(top))
    classes = known or found
    unknown = [name for name in found if name not in classes]
    if unknown:
        raise DataError(f"{top}: class {unknown[0]!r} is not a class of train ({', '.join(classes)})")
    if len(classes) < 2:
        problem = f"only one class ({classes[0]!r})" if classes else "no class folders"
        raise DataError(f"{top}: {problem}; expected one folder of images per class, and at least two classes")
    images = {name: _images(top / name) for name in found}
    kinds = ", ".join(sorted(suffix[1:] for suffix in _SUFFIXES))
    if not any(images.values()):
        raise DataError(f"{top}: no images in its class folders ({kinds})")
    empty = [name for name, files in images.items() if not files]
    if empty and not known:
        raise DataError(f"{top}: no images of class {empty[0]!r} ({kinds})")
    pairs = [(file, classes.index(name)) for name, files in images.items() for file in files]
    digest = hashlib.blake2b(str(top.resolve()).encode(), digest_size=16)
    for file, _ in pairs:
        stat = file.stat()
        digest.update(f"{file.relative_to(top)}\0{stat.st_size}\0{stat.st_mtime_ns}\n".encode())
    return Listing(classes, tuple(file for file, _ in pairs), tuple(label for _, label in pairs), digest.hexdigest())


def _images(folder: Path) -> list[Path]:
    return sorted(
        file
        for file in folder.iterdir()
        if file.suffix.lower() in _SUFFIXES and not file.name.startswith(".") and file.is_file()
    )


def _load_part(listing: Listing, shape: tuple[int, int, int], cache: Path) -> Pixels:
    cached = cache / f"{listing.digest}-{'x'.join(map(str, shape))}.npy"
    # A damaged file in the cache is made again.
    with contextlib.suppress(OSError, ValueError, EOFError):
        x = np.load(cached, allow_pickle=False)
        if x.dtype == np.uint8 and x.shape == (len(listing.files), *shape):
            return np.asarray(x, dtype=np.uint8)
    x = _read_images(listing.files, shape)
    with contextlib.suppress(OSError):
        cache.mkdir(parents=True, exist_ok=True)
        partial = cached.with_name(f".{cached.name}.{os.getpid()}.part")
        try:
            with partial.open("wb") as stream:
                np.save(stream, x, allow_pickle=False)
            partial.replace(cached)
        finally:
            partial.unlink(missing_ok=True)
    return x


def _read_images(files: Sequence[Path], shape: tuple[int, int, int]) -> Pixels:
    from PIL import Image

    x = np.empty((len(files), *shape), dtype=np.uint8)

    def read(index: int) -> str:
        """Read one image into `x`. Returns what is wrong with it, or ""."""
        try:
            x[index] = _read_image(files[index], shape)
        except (
            OSError,
            ValueError,
            SyntaxError,
            Image.DecompressionBombError,
            Image.DecompressionBombWarning,
        ) as error:
            return f"{files[index]}: cannot be read as an image ({error})"
        return ""

    with warnings.catch_warnings(), ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        problems = [problem for problem in pool.map(read, range(len(files))) if problem]
    if problems:
        rest = [f"and {len(problems) - _MAX_NAMED} more"] if len(problems) > _MAX_NAMED else []
        raise DataError("\n".join(problems[:_MAX_NAMED] + rest))
    return x


def _read_image(file: Path, shape: tuple[int, int, int]) -> Pixels:
    from PIL import Image, ImageOps

    channels, height, width = shape
    with Image.open(file) as image:
        if image.mode[0] in "IF":  # Pillow would clip them to white to make them 8 bits
            raise ValueError("its pixels have more than 8 bits; convert it to 8 bits first")
        upright = ImageOps.exif_transpose(image).convert("L" if channels == 1 else "RGB")
        small = upright.resize((width, height), Image.Resampling.BILINEAR)
    return np.asarray(small, dtype=np.uint8).reshape(height, width, channels).transpose(2, 0, 1)
