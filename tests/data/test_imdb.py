"""The film reviews in their original form."""

from __future__ import annotations

import io
import tarfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lrsearch.data import open_split
from lrsearch.data.imdb import ARCHIVE, make_arrays, make_test, read_reviews
from lrsearch.data.split import split
from lrsearch.data.words import with_vocabulary
from lrsearch.errors import DataError, DownloadError

REAL = Path(__file__).resolve().parents[3] / "shared/data"
REVIEWS = {
    "train/neg/0_1.txt": b"bad<br /><br />film",
    "train/neg/10_2.txt": b"a bad plot",
    "train/pos/0_9.txt": "tr\u00e8s good".encode(),
    "train/unsup/0_0.txt": b"never read",
    "test/pos/0_10.txt": b"never read either",
    "README": b"hello",
}


def pack(files, mode):
    """An archive of the reviews, as it is published (gz) or packed again (xz)."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode=mode) as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(f"aclImdb/{name}")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return stream.getvalue()


def load(root, **options):
    """The training reviews as numbers of words."""
    return make_arrays(read_reviews(root, **options)["train"], 3, lower=True)


def check(arrays):
    """What `REVIEWS` hold: a bad film good plot très, in alphabetical order."""
    assert arrays.x_train.tolist() == [[2, 3, 0], [1, 2, 5], [6, 4, 0]]
    assert arrays.y_train.tolist() == [0, 0, 1]
    assert arrays.class_names == ("neg", "pos")


@pytest.mark.parametrize(
    ("name", "mode"),
    [
        ("aclImdb_v1.tar.gz", "w:gz"),
        ("aclImdb.tar.gz", "w:gz"),
        ("aclImdb.tar.xz", "w:xz"),
        ("aclImdb_v1.tar.xz", "w:xz"),
    ],
)
def test_archive_is_read_in_place(tmp_path, name, mode):
    """Only training reviews with a label are read, without a line break's tag; nothing is unpacked."""
    (tmp_path / name).write_bytes(pack(REVIEWS, mode))
    check(load(tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_unpacked_folder(tmp_path):
    """The folder serves as well as the archive, and comes first."""
    for name, content in REVIEWS.items():
        file = tmp_path / "aclImdb" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    (tmp_path / ARCHIVE.name).write_bytes(b"damaged")
    check(load(tmp_path))


def test_archive_is_fetched(tmp_path, site, md5):
    """From the authors' address, checked by its md5, kept under its own name."""
    content = pack(REVIEWS, "w:gz")
    site.bodies["/imdb.tar.gz"] = content
    archive = replace(ARCHIVE, md5=md5(content), urls=(f"{site.address}/imdb.tar.gz",))
    check(load(tmp_path, archive=archive))
    assert (tmp_path / ARCHIVE.name).is_file()
    check(load(tmp_path, archive=archive))
    assert site.asked == ["/imdb.tar.gz"]


def test_no_network_says_where_the_file_belongs(tmp_path):
    """The folder and the name are in the error."""
    archive = replace(ARCHIVE, urls=("http://127.0.0.1:9/x",))
    with pytest.raises(DownloadError, match=r"save it as .*/aclImdb_v1\.tar\.gz"):
        load(tmp_path, archive=archive)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"no archive", r"aclImdb_v1\.tar\.gz: cannot be read"),
        (pack({"train/neg/0_1.txt": b"x"}, "w:gz"), "expected reviews in aclImdb/train/neg and aclImdb/train/pos"),
        (pack({**REVIEWS, "train/pos/1_9.txt": b"ok \xff"}, "w:gz"), r"pos/1_9\.txt: is not UTF-8 \(byte 4\)"),
    ],
)
def test_damaged_archives_are_named(tmp_path, content, message):
    """With the file, and what to do."""
    (tmp_path / ARCHIVE.name).write_bytes(content)
    with pytest.raises(DataError, match=message):
        load(tmp_path)


def test_an_incomplete_archive_is_noticed(tmp_path):
    """A cut archive may be readable as far as it goes, so the reviews are counted."""
    (tmp_path / ARCHIVE.name).write_bytes(pack(REVIEWS, "w:gz"))
    with pytest.raises(DataError, match=r"expected 4 reviews in .*, found 3; delete it"):
        load(tmp_path, n_reviews=4)


def test_the_test_part_has_the_vocabulary_of_the_training_part(tmp_path, data_spec):
    """A word that only test reviews have is unknown, and the same words have the same numbers as in a search."""
    reviews = {
        f"train/{c}/{i}.txt": f"{w} film zoo".encode() for c, w in (("neg", "bad"), ("pos", "good")) for i in range(6)
    }
    reviews |= {"test/neg/0.txt": b"a new film", "test/pos/0.txt": b"good zoo"}
    (tmp_path / ARCHIVE.name).write_bytes(pack(reviews, "w:gz"))
    data = data_spec(dataset={"name": "imdb", "length": 3}, batch_size=1)
    part = make_test(read_reviews(tmp_path, ("train", "test")), data)
    searched = with_vocabulary(split(load(tmp_path), data), data)
    film, zoo = searched.x_train[0, 1:].tolist()
    assert part.x.tolist() == [[1, 1, film], [searched.x_train[searched.y_train == 1][0, 0], zoo, 0]]
    assert part.y.tolist() == [0, 1]


@pytest.mark.slow
@pytest.mark.skipif(not (REAL / "aclImdb.tar.xz").is_file(), reason="no ../shared/data/aclImdb.tar.xz")
def test_the_real_reviews(data_spec):
    """25,000 reviews in equal classes; the split holds out a tenth, and the vocabulary is full."""
    parts = open_split(data_spec(dataset="imdb", root=str(REAL)))
    assert (parts.x_train.shape, parts.x_val.shape) == ((22_500, 200), (2_500, 200))
    assert (parts.n_words, int(parts.x_train.max())) == (20_002, 20_001)
    assert parts.y_train.mean() == parts.y_val.mean() == 0.5
    assert np.count_nonzero(parts.x_train[:, 0]) == 22_500
