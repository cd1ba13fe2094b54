"""MNIST and data sets in its format: two idx files each, in the same folders as torchvision's."""

from __future__ import annotations

import gzip
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lrsearch.data.arrays import Arrays, Labels, Pixels, TestPart
from lrsearch.data.download import Progress, RemoteFile, fetch
from lrsearch.data.loader import Loader, state_of
from lrsearch.data.places import data_root
from lrsearch.errors import DataError

_MAX_BYTES = 1 << 28  # limit for an unpacked file; MNIST's images take 47 MB
_BYTE_TYPE = 8  # idx's code for unsigned bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class MnistSource:
    """Where a data set in MNIST's format is stored, and where it can be downloaded.

    Attributes:
        folder: Its folder in the data root.
        images: The file of training images.
        labels: The file of training labels.
        test_images: The file of test images.
        test_labels: The file of test labels.
    """

    folder: str
    images: RemoteFile
    labels: RemoteFile
    test_images: RemoteFile
    test_labels: RemoteFile


def _source(folder: str, md5s: tuple[str, str, str, str], *mirrors: str) -> MnistSource:
    def file(name: str, md5: str, max_bytes: int) -> RemoteFile:
        return RemoteFile(name=name, md5=md5, max_bytes=max_bytes, urls=tuple(mirror + name for mirror in mirrors))

    return MnistSource(
        folder=f"{folder}/raw",
        images=file("train-images-idx3-ubyte.gz", md5s[0], 1 << 25),
        labels=file("train-labels-idx1-ubyte.gz", md5s[1], 1 << 17),
        test_images=file("t10k-images-idx3-ubyte.gz", md5s[2], 1 << 24),
        test_labels=file("t10k-labels-idx1-ubyte.gz", md5s[3], 1 << 17),
    )


# The checksums are torchvision's. Its addresses for Fashion-MNIST and KMNIST are http; these are https: the repository
# of Fashion-MNIST's authors, and torchvision's host for KMNIST.
SOURCES: dict[str, MnistSource] = {
    "mnist": _source(
        "MNIST",
        (
            "f68b3c2dcbeaaa9fbdd348bbdeb94873",
            "d53e105ee54ea40749a09fcbcd1e9432",
            "9fb629c4189551a2d022fa330f9573f3",
            "ec29112dd5afa0611ce80d1b7f02629c",
        ),
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
    ),
    "fashion-mnist": _source(
        "FashionMNIST",
        (
            "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
            "25c81989df183df01b3e8a0aad5dffbe",
            "bef4ecab320f06d8554ea6380940ec79",
            "bb300cfdad3c16e7a12a480ee83cd310",
        ),
        "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
        "https://fashion-mnist.s3.eu-central-1.amazonaws.com/",
    ),
    "kmnist": _source(
        "KMNIST",
        (
            "bdb82020997e1d708af4cf47b453dcf7",
            "e144d726b3acfaa3e44228e80efcd344",
            "5c965bf0a639b31b8f53240b1b52f4d7",
            "7320c461ea6c1c855c0b718fb2a4b134",
        ),
        "https://codh.rois.ac.jp/kmnist/dataset/kmnist/",
    ),
}


def load_mnist(source: MnistSource, root: Path, progress: Progress | None = None) -> Arrays:
    """Read a data set in MNIST's format; download it first if it is missing.

    Args:
        source: One of `SOURCES`.
        root: The data root. The data root need not be writable if the files exist, compressed (.gz) or not.
        progress: Called as the bytes of a download arrive.

    Returns:
        The training images, (N, 1, 28, 28), and their classes, 0 to 9.

    Raises:
        DownloadError: A file is missing and cannot be downloaded.
        DataError: A file is damaged, or is not in MNIST's format.
    """
    x, y = _read_part(source.images, source.labels, root / source.folder, progress)
    return Arrays(x_train=x, y_train=y, x_val=None, y_val=None, n_classes=10)


def load_mnist_test(source: MnistSource, root: Path, progress: Progress | None = None) -> TestPart:
    """Read the test images of a data set in MNIST's format; download them first if they are missing.

    The arguments and the errors are those of `load_mnist`.
    """
    x, y = _read_part(source.test_images, source.test_labels, root / source.folder, progress)
    return TestPart(x=x, y=y)


def _read_part(
    images: RemoteFile, labels: RemoteFile, folder: Path, progress: Progress | None
) -> tuple[Pixels, Labels]:
    """Read images, (N, 1, 28, 28), and their classes."""
    images_path = _locate(images, folder, progress)
    labels_path = _locate(labels, folder, progress)
    x = read_idx(images_path)
    y = read_idx(labels_path)
    if x.shape[1:] != (28, 28):
        raise DataError(f"{images_path}: expected images of shape (N, 28, 28), got shape {x.shape}")
    if y.shape != x.shape[:1]:
        raise DataError(f"{labels_path}: expected one label for each image, shape ({len(x)},), got shape {y.shape}")
    if not np.array_equal(np.unique(y), np.arange(10)):
        raise DataError(f"{labels_path}: the labels are not the ten classes 0 to 9")
    return x[:, None], y.astype(np.int64)


def mnist_files(source: MnistSource, root: Path) -> list[Path]:
    """Return the files that a data set is read from. The files may be missing."""
    return [_local(file, root / source.folder) for file in (source.images, source.labels)]


def read_idx(path: Path) -> Pixels:
    """Read an idx file of unsigned bytes.

    The file holds the bytes 0, 0, 8 and n, then n sizes of 4 bytes each (big-endian), then the values in C order.

    Args:
        path: The file; compressed if its name ends in .gz.

    Returns:
        An array of n axes.

    Raises:
        DataError: The file is damaged, or is not an idx file.
    """
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as stream:
            content = stream.read(_MAX_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:  # gzip's errors are subclasses of these
        raise DataError(
            f"{path}: cannot be read ({error}); delete the file; lrsearch will download it again"
        ) from error
    n_axes = content[3] if len(content) > 3 and content[:3] == bytes([0, 0, _BYTE_TYPE]) else 0
    start = 4 + 4 * n_axes
    if not n_axes or len(content) < start:
        raise DataError(
            f"{path}: is not an idx file of unsigned bytes; delete the file; lrsearch will download it again"
        )
    shape = [int(size) for size in np.frombuffer(content, ">u4", n_axes, 4)]
    n_values = int(np.prod(shape, dtype=object))
    if len(content) - start != n_values:
        raise DataError(
            f"{path}: holds {len(content) - start} values, but its header says {n_values}; delete the file; "
            "lrsearch will download it again"
        )
    return np.frombuffer(bytearray(content), np.uint8, offset=start).reshape(shape)


def _locate(file: RemoteFile, folder: Path, progress: Progress | None) -> Path:
    local = _local(file, folder)
    return local if local.is_file() else fetch(file, folder, progress)


def _local(file: RemoteFile, folder: Path) -> Path:
    """Return the path of a file: without .gz if the unpacked file exists."""
    unpacked = folder / file.name.removesuffix(".gz")
    return unpacked if unpacked.is_file() else folder / file.name


def _loader(source: MnistSource) -> Loader:
    return Loader(
        load=lambda data, progress: load_mnist(source, data_root(data.root), progress),
        state=lambda data: [state_of(path) for path in mnist_files(source, data_root(data.root))],
        test=lambda data, progress: load_mnist_test(source, data_root(data.root), progress),
    )


LOADERS = {name: _loader(source) for name, source in SOURCES.items()}
