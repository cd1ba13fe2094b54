"""The data set `imdb`: film reviews in their original archive or its folders."""

from __future__ import annotations

import lzma
import tarfile
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from lrsearch.catalog import DATASETS
from lrsearch.data.arrays import Arrays, Examples, Labels, TestPart
from lrsearch.data.download import Progress, RemoteFile, fetch
from lrsearch.data.loader import Loader, state_of
from lrsearch.data.places import data_root
from lrsearch.data.split import split
from lrsearch.data.words import number_words, text_options, with_vocabulary, words_and_numbers
from lrsearch.errors import DataError
from lrsearch.spec import DataSpec

FOLDER = "aclImdb"
CLASSES = ("neg", "pos")
# The address is that of the authors, the checksum is torchtext's.
ARCHIVE = RemoteFile(
    name="aclImdb_v1.tar.gz",
    md5="7c2ac02c03563afcf9b574c7e56c153a",
    max_bytes=1 << 27,
    urls=("https://ai.stanford.edu/~amaas/data/sentiment/aclImdb_v1.tar.gz",),
)
_ARCHIVES = (ARCHIVE.name, "aclImdb.tar.gz", "aclImdb_v1.tar.xz", "aclImdb.tar.xz")
_MAX_REVIEW_BYTES = 1 << 20  # the longest review has 14 kB


@dataclass(frozen=True, slots=True)
class Reviews:
    """Reviews with their classes.

    Attributes:
        texts: The reviews, sorted by the names of their files, negative ones first.
        labels: 0 for negative, 1 for positive; (N,).
    """

    texts: tuple[str, ...]
    labels: Labels


def read_reviews(
    root: Path,
    parts: Sequence[str] = ("train",),
    archive: RemoteFile = ARCHIVE,
    n_reviews: int | None = None,
    progress: Progress | None = None,
) -> dict[str, Reviews]:
    """Read reviews; download the archive first if it is missing.

    Args:
        root: The data root. If it has the unpacked folder, the files in the folder are read. Otherwise the archive is
            read, without unpacking.
        parts: The parts to read: train, test.
        archive: What to download.
        n_reviews: Number of reviews that each part must have, so that an incomplete archive is noticed; None for any
            number.
        progress: Called as the bytes of a download arrive.

    Returns:
        The reviews of each part.

    Raises:
        DownloadError: The data set is missing and cannot be downloaded.
        DataError: A file is damaged, or is no archive of reviews.
    """
    place = imdb_place(root)
    if place.is_dir():
        contents = _read_folder(place, parts)
    else:
        place = place if place.is_file() else fetch(archive, root, progress)
        contents = _read_archive(place, parts)
    return {part: _reviews(contents, part, place, n_reviews) for part in parts}


def _reviews(contents: Mapping[str, bytes], part: str, place: Path, n_reviews: int | None) -> Reviews:
    names = sorted(name for name in contents if name.startswith(f"{part}/"))
    labels = np.array([CLASSES.index(name.split("/")[1]) for name in names], dtype=np.int64)
    if len(np.unique(labels)) < len(CLASSES) or n_reviews not in {None, len(labels)}:
        wanted = "reviews" if n_reviews is None else f"{n_reviews:,} reviews"
        raise DataError(
            f"{place}: expected {wanted} in {FOLDER}/{part}/neg and {FOLDER}/{part}/pos, found {len(labels):,}; delete "
            "it; lrsearch will download the archive again"
        )
    return Reviews(tuple(_text(contents[name], f"{place}: {name}") for name in names), labels)


def make_arrays(reviews: Reviews, length: int, *, lower: bool) -> Arrays:
    """Number the words of the training reviews.

    Args:
        reviews: The training reviews.
        length: Number of words to keep of each review.
        lower: Whether upper and lower case are the same.
    """
    words, x = words_and_numbers(reviews.texts, length, lower=lower)
    return replace(_arrays(x, reviews.labels), words=words)


def make_test(parts: Mapping[str, Reviews], data: DataSpec) -> TestPart:
    """Number the words of the test reviews by the vocabulary of the training part.

    Args:
        parts: The reviews of train and test.
        data: The spec's data section, which decides the training part.
    """
    length, lower = text_options(data)
    n_train, test = len(parts["train"].labels), parts["test"]
    # Numbered together, the words of both keep their alphabetical order, so the vocabulary is that of the search.
    x = number_words([*parts["train"].texts, *test.texts], length, lower=lower)
    found = split(_arrays(x[:n_train], parts["train"].labels), data)
    found = with_vocabulary(replace(found, x_val=x[n_train:], y_val=test.labels), data)
    return TestPart(x=found.x_val, y=found.y_val)


def _arrays(x: Examples, labels: Labels) -> Arrays:
    return Arrays(x_train=x, y_train=labels, x_val=None, y_val=None, n_classes=len(CLASSES), class_names=CLASSES)


def imdb_place(root: Path) -> Path:
    """Return the folder or the archive that the reviews are read from; the archive may be missing."""
    if (root / FOLDER / "train").is_dir():
        return root / FOLDER
    return next((root / name for name in _ARCHIVES if (root / name).is_file()), root / ARCHIVE.name)


def _read_folder(folder: Path, parts: Sequence[str]) -> dict[str, bytes]:
    """Read reviews by part, class and file: train/neg/0_3.txt."""
    try:
        files = [path for part in parts for name in CLASSES for path in (folder / part / name).glob("*.txt")]
        return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}
    except OSError as error:
        raise DataError(f"{error.filename or folder}: cannot be read ({error.strerror or error})") from error


def _read_archive(path: Path, parts: Sequence[str]) -> dict[str, bytes]:
    """Read reviews by part, class and file."""
    reviews: dict[str, bytes] = {}
    try:
        with tarfile.open(path, "r|*") as archive:
            for member in archive:
                name = _review_name(member.name.removeprefix("./").split("/"), parts)
                if name and member.isfile() and member.size <= _MAX_REVIEW_BYTES:
                    stream = archive.extractfile(member)
                    reviews[name] = stream.read() if stream else b""
    except (OSError, EOFError, tarfile.TarError, zlib.error, lzma.LZMAError) as error:
        raise DataError(
            f"{path}: cannot be read ({error}); delete the file; lrsearch will download the archive again"
        ) from error
    return reviews


def _review_name(names: list[str], parts: Sequence[str]) -> str | None:
    match names:
        case [folder, part, label, file] if folder == FOLDER and part in parts and label in CLASSES:
            return f"{part}/{label}/{file}" if file.endswith(".txt") else None
    return None


def _text(review: bytes, place: str) -> str:
    try:
        return review.decode().replace("<br />", " ")
    except UnicodeDecodeError as error:
        raise DataError(f"{place}: is not UTF-8 (byte {error.start + 1})") from error


def _state(data: DataSpec) -> list[object]:
    place = imdb_place(data_root(data.root))
    folders: Iterable[Path] = (place / "train" / name for name in CLASSES) if place.is_dir() else ()
    return [state_of(place), *map(state_of, folders), *text_options(data)]


def _load(data: DataSpec, progress: Progress | None) -> Arrays:
    length, lower = text_options(data)
    n_reviews = DATASETS[data.dataset.name].n_train
    found = read_reviews(data_root(data.root), n_reviews=n_reviews, progress=progress)
    return make_arrays(found["train"], length, lower=lower)


def _load_test(data: DataSpec, progress: Progress | None) -> TestPart:
    n_reviews = DATASETS[data.dataset.name].n_test
    return make_test(read_reviews(data_root(data.root), ("train", "test"), ARCHIVE, n_reviews, progress), data)


LOADERS = {
    "imdb": Loader(load=_load, state=_state, test=_load_test, finish=with_vocabulary, resident="lrsearch.data.vectors")
}
