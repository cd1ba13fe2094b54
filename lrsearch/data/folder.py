"""The data set `folder`: images in one folder per class, resized once and cached."""

from __future__ import annotations

import contextlib
import math
import os
import warnings
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np

from lrsearch.data.arrays import Arrays, Pixels, TestPart
from lrsearch.data.download import Progress
from lrsearch.data.folder_files import FORMATS
from lrsearch.data.folder_listing import Listing, list_folder, shown
from lrsearch.data.leftovers import remove_leftovers
from lrsearch.data.loader import Loader, path_of
from lrsearch.data.memory import check_fits
from lrsearch.data.places import resized_root
from lrsearch.errors import DataError
from lrsearch.spec import DataSpec

if TYPE_CHECKING:
    from PIL.Image import Image

MAX_PARTS = 8
"""Number of parts (train, val) whose resized images stay in the cache. The parts that were used last stay."""

_FORMAT = 2  # version of the resized images in the cache; increase it when an image is read in another way
_MAX_NAMED = 5  # unreadable images that an error names
_ELSE_MOVE = "or move the file out of the folder"
_ORIENTATION = 0x0112  # EXIF's tag
_TURNS = ("FLIP_LEFT_RIGHT", "ROTATE_180", "FLIP_TOP_BOTTOM", "TRANSPOSE", "ROTATE_270", "TRANSVERSE", "ROTATE_90")
"""Transpositions that turn an image upright, for the EXIF orientations 2 to 8."""


class _Unfit(Exception):
    """An image can be opened but not used; the message says why, and what to do."""


def load_folder(path: str, shape: tuple[int, int, int], cache: Path | None) -> Arrays:
    """Read the images of a data set, each resized to one shape.

    Args:
        path: See `list_folder`.
        shape: (channels, height, width). 1 channel is grey, 3 are red, green and blue. The whole image is resized to
            this shape, without keeping its proportions. Transparent pixels are laid on white. An animation gives its
            first frame.
        cache: Folder that stores the resized images for the next time. Nothing is stored if it cannot be written to, or
            is None.

    Raises:
        DataError: `list_folder` raises an error, an image cannot be read, or the resized images do not fit into memory.
    """
    parts = _list_fitting(path, shape)
    x = {part: _load_part(listing, shape, cache) for part, listing in parts.items()}
    y = {part: np.array(listing.labels, dtype=np.int64) for part, listing in parts.items()}
    return Arrays(
        x_train=x["train"],
        y_train=y["train"],
        x_val=x.get("val"),
        y_val=y.get("val"),
        n_classes=len(parts["train"].classes),
        class_names=parts["train"].classes,
        remarks=tuple(remark for listing in parts.values() for remark in listing.remarks),
    )


def load_folder_test(path: str, shape: tuple[int, int, int], cache: Path | None) -> TestPart | None:
    """Read the images of the folder `test`, as `load_folder` reads the other parts; None if there is no such folder."""
    listing = _list_fitting(path, shape, "test").get("test")
    if listing is None:
        return None
    return TestPart(x=_load_part(listing, shape, cache), y=np.array(listing.labels, dtype=np.int64))


def _list_fitting(path: str, shape: tuple[int, int, int], part: str = "val") -> dict[str, Listing]:
    """List the images of a data set. Raise an error if the resized images do not fit into memory."""
    parts = list_folder(path, part)
    n_images = sum(len(listing.files) for listing in parts.values())
    check_fits(n_images * math.prod(shape), shown(path), "give data.dataset.shape a smaller height and width")
    return parts


def _load_part(listing: Listing, shape: tuple[int, int, int], cache: Path | None) -> Pixels:
    if cache is None:
        return _read_images(listing.files, shape)
    size = "x".join(map(str, shape))
    cached = cache / f"{listing.place}-{listing.digest}-{_FORMAT}-{size}.npy"
    # A damaged file in the cache is made again.
    with contextlib.suppress(OSError, ValueError, EOFError):
        x = np.load(cached, allow_pickle=False)
        os.utime(cached)  # marks it as just used
        if x.dtype == np.uint8 and x.shape == (len(listing.files), *shape):
            return np.asarray(x, dtype=np.uint8)
    x = _read_images(listing.files, shape)
    with contextlib.suppress(OSError):
        cache.mkdir(parents=True, exist_ok=True)
        remove_leftovers(cache)
        partial = cached.with_name(f".{cached.name}.{os.getpid()}.part")
        try:
            with partial.open("wb") as stream:
                np.save(stream, x, allow_pickle=False)
            partial.replace(cached)
        finally:
            partial.unlink(missing_ok=True)
        _evict(cache, cached, list(cache.glob(f"{listing.place}-*-{size}.npy")))
    return x


def _evict(cache: Path, newest: Path, of_place: Sequence[Path]) -> None:
    """Remove cached images of older states of the same folder, and cached images that were used longest ago."""
    for old in of_place:
        if old != newest:
            old.unlink(missing_ok=True)
    by_use = sorted(cache.glob("*.npy"), key=lambda path: path.stat().st_mtime_ns, reverse=True)
    for old in by_use[MAX_PARTS:]:
        old.unlink(missing_ok=True)


def _read_images(files: Sequence[Path], shape: tuple[int, int, int]) -> Pixels:
    from PIL import Image

    Image.init()  # the formats that this Pillow can read
    formats = [name for name in FORMATS if name in Image.OPEN]
    x = np.empty((len(files), *shape), dtype=np.uint8)

    def read(index: int) -> str:
        """Read one image into `x`. Return what is wrong with the image, or ""."""
        try:
            x[index] = _read_image(files[index], shape, formats)
        except (Image.DecompressionBombWarning, Image.DecompressionBombError):
            most = Image.MAX_IMAGE_PIXELS or 0
            return f"{shown(files[index])}: has more than {most:,} pixels; save a smaller image, {_ELSE_MOVE}"
        except _Unfit as error:
            return f"{shown(files[index])}: {error}, {_ELSE_MOVE}"
        except Exception as error:  # noqa: BLE001  (Pillow's decoders raise anything at damaged files)
            reason = shown(str(error)) or type(error).__name__
            return f"{shown(files[index])}: cannot be read as an image ({reason}); replace the file, {_ELSE_MOVE}"
        return ""

    with warnings.catch_warnings(), ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        warnings.simplefilter("ignore")  # about odd metadata
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        problems = [problem for problem in pool.map(read, range(len(files))) if problem]
    if problems:
        rest = [f"and {len(problems) - _MAX_NAMED} more"] if len(problems) > _MAX_NAMED else []
        raise DataError(*problems[:_MAX_NAMED], *rest)
    return x


def _read_image(file: Path, shape: tuple[int, int, int], formats: list[str]) -> Pixels:
    from PIL import Image

    channels, height, width = shape
    if not file.stat().st_size:
        raise _Unfit("the file is empty (not downloaded from a cloud drive?); download it again")
    with Image.open(file, formats=formats) as image:
        if image.mode[0] in "IF":  # Pillow would clip them to white to make them 8 bits
            raise _Unfit("its pixels have more than 8 bits; convert the image to 8 bits")
        upright = _on_white(_upright(image)).convert("L" if channels == 1 else "RGB")
        small = upright.resize((width, height), Image.Resampling.BILINEAR)
    return np.asarray(small, dtype=np.uint8).reshape(height, width, channels).transpose(2, 0, 1)


def _on_white(image: Image) -> Image:
    """Lay an image with transparent pixels on white, as viewers show it. Return any other image as it is.

    The colour of a transparent pixel is often black, so that a black drawing would be lost.
    """
    from PIL import Image

    if not image.has_transparency_data:
        return image
    colours = image.convert("RGBA")
    if colours.getchannel("A").getextrema() == (255, 255):
        return image
    return Image.alpha_composite(Image.new("RGBA", image.size, "white"), colours)


def _upright(image: Image) -> Image:
    """Turn an image upright as its EXIF data say. Ignore invalid EXIF data, because the pixels can still be read."""
    from PIL.Image import Transpose

    image.load()
    orientation = None
    with contextlib.suppress(Exception):  # Pillow raises struct.error, TypeError and others
        orientation = image.getexif().get(_ORIENTATION)
    if not isinstance(orientation, int) or not 2 <= orientation <= 8:
        return image
    return image.transpose(Transpose[_TURNS[orientation - 2]])


def _shape(data: DataSpec) -> tuple[int, int, int]:
    return cast("tuple[int, int, int]", data.dataset.options["shape"])


def _load(data: DataSpec, _: Progress | None) -> Arrays:
    return load_folder(path_of(data), _shape(data), resized_root())


def _state(data: DataSpec) -> list[object]:
    return [(listing.digest, listing.remarks) for listing in list_folder(path_of(data)).values()]


def _check(data: DataSpec) -> None:
    _list_fitting(path_of(data), _shape(data))


def _load_test(data: DataSpec, _: Progress | None) -> TestPart | None:
    return load_folder_test(path_of(data), _shape(data), resized_root())


LOADERS = {"folder": Loader(load=_load, state=_state, test=_load_test, check=_check)}
