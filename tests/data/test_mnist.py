"""MNIST and the sets in its format."""

from __future__ import annotations

import gzip
from dataclasses import replace

import numpy as np
import pytest

from lrsearch.data.mnist import SOURCES, load_mnist, read_idx
from lrsearch.errors import DataError, DownloadError

MNIST = SOURCES["mnist"]
IMAGES, LABELS = "train-images-idx3-ubyte", "train-labels-idx1-ubyte"


@pytest.fixture
def folder(tmp_path):
    """Where MNIST's files belong."""
    place = tmp_path / "MNIST" / "raw"
    place.mkdir(parents=True)
    return place


@pytest.mark.parametrize("packed", [True, False])
def test_files_at_hand(tmp_path, folder, mnist_like, packed):
    """Packed or not, files that are there are read without a network, from a folder that stays as it was."""
    x, y, files = mnist_like
    for name, content in files.items():
        if packed:
            (folder / name).write_bytes(content)
        else:
            (folder / name.removesuffix(".gz")).write_bytes(gzip.decompress(content))
    before = sorted(folder.iterdir())
    arrays = load_mnist(MNIST, tmp_path)
    np.testing.assert_array_equal(x[:, None], arrays.x_train)
    np.testing.assert_array_equal(y, arrays.y_train)
    assert arrays.x_train.flags.writeable
    assert arrays.n_classes == 10
    assert sorted(folder.iterdir()) == before


def test_files_are_fetched(tmp_path, mnist_like, site, md5):
    """Both files come from the server, and only those of the training part."""
    x, _, files = mnist_like
    site.bodies |= {f"/{name}": content for name, content in files.items()}

    def here(file):
        return replace(file, md5=md5(files[file.name]), urls=(f"{site.address}/{file.name}",))

    source = replace(MNIST, images=here(MNIST.images), labels=here(MNIST.labels))
    np.testing.assert_array_equal(x[:, None], load_mnist(source, tmp_path).x_train)
    load_mnist(source, tmp_path)
    assert site.asked == [f"/{IMAGES}.gz", f"/{LABELS}.gz"]


def test_no_network_says_where_the_file_belongs(tmp_path):
    """The folder and the name are in the error."""
    images = replace(MNIST.images, urls=("http://127.0.0.1:9/x",))
    with pytest.raises(DownloadError, match=r"MNIST/raw/train-images-idx3-ubyte\.gz"):
        load_mnist(replace(MNIST, images=images), tmp_path)


def test_damaged_files_are_named(folder, idx):
    """Cut, changed, of another kind, of another length: the file is named, and what to do."""
    x = np.zeros((3, 28, 28), dtype=np.uint8)
    whole = gzip.compress(idx(x))
    contents = {
        "cut.gz": whole[:-10],
        "changed.gz": whole[:-6] + bytes(6),
        "text.gz": b"<html>not found</html>",
        "text": b"<html>not found</html>",
        "ints": b"\0\0\x0c" + idx(x)[3:],
        "header": b"\0\0\x08\x03\0\0",
        "short": idx(x)[:-1],
        "long": idx(x) + b"\0",
        "empty": b"",
        "huge": b"\0\0\x08\x03" + b"\xff" * 12,
    }
    for name, content in contents.items():
        (folder / name).write_bytes(content)
        with pytest.raises(DataError, match="delete the file; lrsearch will download it again") as caught:
            read_idx(folder / name)
        assert str(caught.value).startswith(f"{folder / name}: ")


def test_files_that_do_not_fit_each_other(tmp_path, folder, idx, mnist_like):
    """Other sizes, other counts and other classes are refused."""
    x, y, _ = mnist_like
    cases = [
        (x[:, 1:], y, r"expected images of shape \(N, 28, 28\), got shape \(200, 27, 28\)"),
        (x[1:], y, r"shape \(199,\), got shape \(200,\)"),
        (x, y // 2, "not the ten classes"),
    ]
    for images, labels, message in cases:
        (folder / IMAGES).write_bytes(idx(np.ascontiguousarray(images)))
        (folder / LABELS).write_bytes(idx(labels))
        with pytest.raises(DataError, match=message):
            load_mnist(MNIST, tmp_path)


def test_every_address_is_https():
    """And ends in the file's own name."""
    files = [file for source in SOURCES.values() for file in (source.images, source.labels)]
    for file in files:
        assert file.urls
        assert all(url.startswith("https://") and url.endswith(f"/{file.name}") for url in file.urls)


def test_checksums_are_those_of_torchvision():
    """What torchvision has fetched is what is taken."""
    from torchvision import datasets

    classes = {"mnist": datasets.MNIST, "fashion-mnist": datasets.FashionMNIST, "kmnist": datasets.KMNIST}
    for name, source in SOURCES.items():
        known = dict(classes[name].resources)
        assert source.folder == f"{classes[name].__name__}/raw"
        assert known[source.images.name] == source.images.md5
        assert known[source.labels.name] == source.labels.md5


def test_real_mnist(shared_data, md5):
    """The four original files: the training part of 60,000 is read, and fits the catalog and the checksums."""
    from lrsearch.catalog import DATASETS

    arrays = load_mnist(MNIST, shared_data)
    assert (DATASETS["mnist"].n_train, *DATASETS["mnist"].shape) == arrays.x_train.shape
    assert arrays.y_train[:5].tolist() == [5, 0, 4, 1, 9]
    for file in (MNIST.images, MNIST.labels):
        content = (shared_data / MNIST.folder / file.name).read_bytes()
        assert md5(content) == file.md5
        assert len(content) <= file.max_bytes
