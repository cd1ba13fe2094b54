"""CIFAR-10 and CIFAR-100 in their original Python format; their pickles cannot run code."""

from __future__ import annotations

import io
import pickle
import tarfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lrsearch.data.arrays import Arrays, Labels, Pixels, TestPart
from lrsearch.data.download import Progress, RemoteFile, fetch
from lrsearch.data.loader import Loader, state_of
from lrsearch.data.places import data_root
from lrsearch.errors import DataError

_MAX_BATCH_BYTES = 1 << 28  # CIFAR-100 keeps all its training images in one file of 155 MB
_SHAPE = (3, 32, 32)


@dataclass(frozen=True, slots=True, kw_only=True)
class CifarSource:
    """Where a CIFAR data set is stored, and where it can be downloaded.

    Attributes:
        folder: Name of its folder, in the data root and in the archive.
        batches: Files with the training images, in order.
        test_batches: Files with the test images.
        labels_key: Key of the classes in these files.
        n_classes: Number of classes.
        archive: The archive, stored in the data root.
    """

    folder: str
    batches: tuple[str, ...]
    test_batches: tuple[str, ...]
    labels_key: str
    n_classes: int
    archive: RemoteFile


def _archive(name: str, md5: str) -> RemoteFile:
    return RemoteFile(name=name, md5=md5, max_bytes=1 << 28, urls=(f"https://www.cs.toronto.edu/~kriz/{name}",))


# Addresses and checksums are torchvision's.
SOURCES: dict[str, CifarSource] = {
    "cifar10": CifarSource(
        folder="cifar-10-batches-py",
        batches=tuple(f"data_batch_{number}" for number in range(1, 6)),
        test_batches=("test_batch",),
        labels_key="labels",
        n_classes=10,
        archive=_archive("cifar-10-python.tar.gz", "c58f30108f718f92721af3b95e74349a"),
    ),
    "cifar100": CifarSource(
        folder="cifar-100-python",
        batches=("train",),
        test_batches=("test",),
        labels_key="fine_labels",
        n_classes=100,
        archive=_archive("cifar-100-python.tar.gz", "eb9058c3a382ffc7106e4002c42a8d85"),
    ),
}


def load_cifar(source: CifarSource, root: Path, progress: Progress | None = None) -> Arrays:
    """Read a CIFAR data set; download it first if it is missing.

    Args:
        source: One of `SOURCES`.
        root: The data root. If the data root has the unpacked folder, the files in the folder are read. Otherwise the
            archive is read, without unpacking.
        progress: Called as the bytes of a download arrive.

    Returns:
        The training images, (N, 3, 32, 32), and their classes.

    Raises:
        DownloadError: The data set is missing and cannot be downloaded.
        DataError: A file is damaged, or is not a CIFAR file.
    """
    x, y = _read_part(source, source.batches, root, progress)
    if not np.array_equal(np.unique(y), np.arange(source.n_classes)):
        raise DataError(
            f"{root / source.folder}: expected images of all {source.n_classes} classes, but some classes have none"
        )
    return Arrays(x_train=x, y_train=y, x_val=None, y_val=None, n_classes=source.n_classes)


def load_cifar_test(source: CifarSource, root: Path, progress: Progress | None = None) -> TestPart:
    """Read the test images of a CIFAR data set. The arguments and the errors are those of `load_cifar`."""
    x, y = _read_part(source, source.test_batches, root, progress)
    return TestPart(x=x, y=y)


def cifar_files(source: CifarSource, root: Path, batches: tuple[str, ...] | None = None) -> list[Path]:
    """Return the files to read: the unpacked files if all exist, or else the archive, which may be missing.

    Args:
        source: One of `SOURCES`.
        root: The data root.
        batches: Names of the files; None for the files with training images.
    """
    unpacked = [root / source.folder / name for name in batches or source.batches]
    return unpacked if all(file.is_file() for file in unpacked) else [root / source.archive.name]


def _read_part(
    source: CifarSource, batches: tuple[str, ...], root: Path, progress: Progress | None
) -> tuple[Pixels, Labels]:
    """Read the images and the classes of some batch files."""
    files = cifar_files(source, root, batches)
    if root / source.archive.name not in files:
        contents = {str(file): file.read_bytes() for file in files}
    else:
        contents = _read_archive(source, batches, fetch(source.archive, root, progress))
    x, y = zip(*(_parse_batch(content, source, place) for place, content in contents.items()), strict=True)
    return np.concatenate(x), np.concatenate(y)


def _read_archive(source: CifarSource, batches: tuple[str, ...], path: Path) -> dict[str, bytes]:
    """Read the content of each batch file, by its name. Stop after the last batch file."""
    wanted = {f"{source.folder}/{name}": b"" for name in batches}
    n_found = 0
    try:
        with tarfile.open(path, "r|gz") as archive:
            for member in archive:
                if member.name in wanted and member.isfile() and member.size <= _MAX_BATCH_BYTES:
                    stream = archive.extractfile(member)
                    wanted[member.name] = stream.read() if stream else b""
                    n_found += 1
                if n_found == len(wanted):
                    break
    except (OSError, EOFError, tarfile.TarError, zlib.error) as error:
        raise DataError(
            f"{path}: cannot be read ({error}); delete the file; lrsearch will download it again"
        ) from error
    missing = [name for name, content in wanted.items() if not content]
    if missing:
        raise DataError(f"{path}: lacks {', '.join(missing)}; delete the file; lrsearch will download it again")
    return {f"{path}: {name}": content for name, content in wanted.items()}


def _parse_batch(content: bytes, source: CifarSource, place: str) -> tuple[Pixels, Labels]:
    try:
        batch = _PlainUnpickler(io.BytesIO(content), encoding="latin1").load()
    except Exception as error:  # a damaged pickle can raise any error
        raise DataError(
            f"{place}: is not a CIFAR file ({error}); delete the file; lrsearch will download it again"
        ) from error
    match batch:
        case {"data": np.ndarray(dtype=np.uint8) as x, source.labels_key: list(y)}:
            fits = x.shape == (len(y), np.prod(_SHAPE)) and all(
                type(label) is int and 0 <= label < source.n_classes for label in y
            )
            if fits:
                return x.reshape(-1, *_SHAPE), np.array(y, dtype=np.int64)
    raise DataError(
        f"{place}: is damaged, because it has no images of CIFAR with valid {source.labels_key}; delete the file, and "
        "lrsearch will download it again"
    )


class _PlainUnpickler(pickle.Unpickler):
    """Builds numbers, text, bytes, lists, dicts and numpy arrays only, so that a pickle cannot run code."""

    def find_class(self, module: str, name: str, /) -> Any:  # noqa: ANN401 - as in the standard library
        # The pickles name a module of an old numpy; newer versions have the same function in another module.
        if name == "_reconstruct" and module in {"numpy.core.multiarray", "numpy._core.multiarray"}:
            return np.empty(0).__reduce__()[0]
        if module == "numpy" and name in {"ndarray", "dtype"}:
            return getattr(np, name)
        raise pickle.UnpicklingError(f"its pickle uses {module}.{name}, which is not allowed")


def _loader(source: CifarSource) -> Loader:
    return Loader(
        load=lambda data, progress: load_cifar(source, data_root(data.root), progress),
        state=lambda data: [state_of(path) for path in cifar_files(source, data_root(data.root))],
        test=lambda data, progress: load_cifar_test(source, data_root(data.root), progress),
    )


LOADERS = {name: _loader(source) for name, source in SOURCES.items()}
