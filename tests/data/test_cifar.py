"""CIFAR in its original form."""

from __future__ import annotations

import io
import pickle
import tarfile
from dataclasses import replace
from typing import ClassVar

import numpy as np
import pytest

from lrsearch.data.cifar import SOURCES, load_cifar
from lrsearch.errors import DataError, DownloadError

CIFAR10, CIFAR100 = SOURCES["cifar10"], SOURCES["cifar100"]
X = np.random.default_rng(0).integers(0, 256, (100, 3, 32, 32), dtype=np.uint8)
Y10, Y100 = np.arange(100) % 10, np.arange(100)


class Python2Pickler(pickle._Pickler):
    """Writes text and bytes as Python 2 wrote its strings, as the published files have them."""

    dispatch: ClassVar = dict(pickle._Pickler.dispatch)

    def save_string(self, text):
        content = text if isinstance(text, bytes) else text.encode("latin1")
        self.write(b"T" + len(content).to_bytes(4, "little") + content)
        self.memoize(text)

    dispatch[str] = dispatch[bytes] = save_string


def python2_pickle(value):
    """The bytes that Python 2 and the numpy of its time would have written."""
    stream = io.BytesIO()
    Python2Pickler(stream, protocol=2).dump(value)
    return stream.getvalue().replace(b"numpy._core.multiarray", b"numpy.core.multiarray")


def batches10(dump):
    """The five files of CIFAR-10, 20 images each."""
    parts = [slice(start, start + 20) for start in range(0, 100, 20)]
    return {
        name: dump({"data": X[part].reshape(20, -1), "labels": Y10[part].tolist(), "filenames": ["a.png"] * 20})
        for name, part in zip(CIFAR10.batches, parts, strict=True)
    }


def pack(files, folder):
    """A .tar.gz of the files in a folder, among others, as it is published."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as archive:
        for name, content in {"readme.html": b"hello", **files, "test_batch": b"never read"}.items():
            member = tarfile.TarInfo(f"{folder}/{name}")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return stream.getvalue()


@pytest.mark.parametrize("dump", [python2_pickle, pickle.dumps, lambda value: pickle.dumps(value, protocol=4)])
def test_unpacked_folder(tmp_path, dump):
    """The batches are read in order, written by Python 2 or by Python 3's protocol 4."""
    if dump is pickle.dumps and pickle.DEFAULT_PROTOCOL > 4:
        pytest.skip("protocol 5 arrays are not what CIFAR comes in")
    (tmp_path / CIFAR10.folder).mkdir()
    for name, content in batches10(dump).items():
        (tmp_path / CIFAR10.folder / name).write_bytes(content)
    arrays = load_cifar(CIFAR10, tmp_path)
    np.testing.assert_array_equal(X, arrays.x_train)
    np.testing.assert_array_equal(Y10, arrays.y_train)
    assert (arrays.n_classes, arrays.y_train.dtype) == (10, np.int64)


def test_archive_is_read_in_place(tmp_path):
    """The .tar.gz is enough, and nothing is unpacked to the disk."""
    (tmp_path / CIFAR10.archive.name).write_bytes(pack(batches10(python2_pickle), CIFAR10.folder))
    np.testing.assert_array_equal(X, load_cifar(CIFAR10, tmp_path).x_train)
    assert [path.name for path in tmp_path.iterdir()] == [CIFAR10.archive.name]


def test_cifar100_is_fetched_with_its_fine_labels(tmp_path, site, md5):
    """One file, a hundred classes."""
    batch = {"data": X.reshape(100, -1), "fine_labels": Y100.tolist(), "coarse_labels": (Y100 // 5).tolist()}
    content = pack({"train": python2_pickle(batch)}, CIFAR100.folder)
    site.bodies["/cifar.tar.gz"] = content
    archive = replace(CIFAR100.archive, md5=md5(content), urls=(f"{site.address}/cifar.tar.gz",))
    arrays = load_cifar(replace(CIFAR100, archive=archive), tmp_path)
    np.testing.assert_array_equal(Y100, arrays.y_train)
    assert arrays.n_classes == 100


def test_no_network_says_where_the_file_belongs(tmp_path):
    """The folder and the name are in the error."""
    archive = replace(CIFAR10.archive, urls=("http://127.0.0.1:9/x",))
    with pytest.raises(DownloadError, match=r"save it as .*/cifar-10-python\.tar\.gz"):
        load_cifar(replace(CIFAR10, archive=archive), tmp_path)


class Evil:
    """Runs a command where a pickle is trusted."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (open, (self.path, "w"))


@pytest.mark.parametrize(
    "batch",
    [
        lambda path: {"data": Evil(path), "labels": [0]},
        lambda path: {"data": np.array([Evil(path)], dtype=object), "labels": [0]},
        lambda _: {"data": np.random.default_rng, "labels": [0]},
    ],
)
def test_pickles_that_ask_for_more_than_values_are_refused(tmp_path, batch):
    """What a pickle would call is not called."""
    trap = str(tmp_path / "trap")
    source = replace(CIFAR100, batches=("train",))
    (tmp_path / source.folder).mkdir()
    (tmp_path / source.folder / "train").write_bytes(pickle.dumps(batch(trap), protocol=2))
    with pytest.raises(DataError, match=r"its pickle uses .*, which is not allowed"):
        load_cifar(source, tmp_path)
    assert not (tmp_path / "trap").exists()


def test_damaged_files_are_named(tmp_path):
    """Whatever is in a batch but images and labels of CIFAR is refused, with its name."""
    images = X.reshape(100, -1)
    good = pickle.dumps({"data": images, "fine_labels": Y100.tolist()}, protocol=4)
    contents = [
        b"",
        good[:-100],
        b"<html>",
        pickle.dumps([1]),
        pickle.dumps({"data": [1], "fine_labels": [1]}),
        pickle.dumps({"data": images.astype(float), "fine_labels": Y100.tolist()}, protocol=4),
        pickle.dumps({"data": images[:, 1:], "fine_labels": Y100.tolist()}, protocol=4),
        pickle.dumps({"data": images[1:], "fine_labels": Y100.tolist()}, protocol=4),
        pickle.dumps({"data": images, "fine_labels": (Y100 + 1).tolist()}, protocol=4),
        pickle.dumps({"data": images, "fine_labels": ["0"] * 100}, protocol=4),
    ]
    folder = tmp_path / CIFAR100.folder
    folder.mkdir()
    for content in contents:
        (folder / "train").write_bytes(content)
        with pytest.raises(DataError, match=r"cifar-100-python/train: .*delete the file"):
            load_cifar(CIFAR100, tmp_path)
    (folder / "train").write_bytes(pickle.dumps({"data": images, "fine_labels": [0] * 100}, protocol=4))
    with pytest.raises(DataError, match="expected images of all 100 classes"):
        load_cifar(CIFAR100, tmp_path)


def test_damaged_archives_are_named(tmp_path):
    """Cut, without the batches, or no archive at all."""
    whole = pack(batches10(python2_pickle), CIFAR10.folder)
    lacking = pack({}, CIFAR10.folder)
    path = tmp_path / CIFAR10.archive.name
    for content, message in [(whole[:-5000], ""), (lacking, "lacks"), (b"<html>", "cannot be read"), (b"", "")]:
        path.write_bytes(content)
        with pytest.raises(DataError, match=rf"cifar-10-python\.tar\.gz: .*{message}.*delete the file"):
            load_cifar(CIFAR10, tmp_path)


def test_facts_are_those_of_torchvision():
    """Address, checksum, folder and files."""
    from torchvision import datasets

    for source, known in ((CIFAR10, datasets.CIFAR10), (CIFAR100, datasets.CIFAR100)):
        assert source.archive.urls == (known.url,)
        assert (known.filename, known.tgz_md5) == (source.archive.name, source.archive.md5)
        assert (known.base_folder, tuple(name for name, _ in known.train_list)) == (source.folder, source.batches)
