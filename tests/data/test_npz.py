"""The data set `arrays`."""

from __future__ import annotations

import contextlib
import os
import random
import zipfile

import numpy as np
import pytest

from lrsearch.data.npz import load_npz
from lrsearch.data.opening import open_split
from lrsearch.errors import DataError

X = np.arange(4 * 5 * 6, dtype=np.uint8).reshape(4, 5, 6)
Y = np.array([0, 1, 0, 1])


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_round_trip(tmp_path, save):
    """What is saved is what is read; the test set is not looked at."""
    save(tmp_path / "my.npz", x_train=X, y_train=Y, x_test=np.array([None]))
    arrays = load_npz(str(tmp_path / "my.npz"))
    np.testing.assert_array_equal(X[:, None], arrays.x_train)
    np.testing.assert_array_equal(Y, arrays.y_train)
    assert arrays.x_val is None


def test_arrays_that_are_not_read_are_named(tmp_path):
    """A validation part under another name would be lost without a word; x_test is known."""
    path = tmp_path / "my.npz"
    np.savez(path, x_train=X, y_train=Y, x_valid=X, y_valid=Y, x_test=X, y_test=Y)
    (remark,) = load_npz(str(path)).remarks
    assert remark == (
        f"data: {path} also holds x_valid, y_valid, which are ignored; validation images are read from x_val and "
        "y_val, test images from x_test and y_test"
    )


def test_missing_keys_are_named_with_the_file(tmp_path):
    """The error names the file, the key and what is there."""
    path = tmp_path / "my.npz"
    np.savez(path, x=X, y_train=Y)
    with pytest.raises(DataError, match=r"my\.npz: x_train is missing; the file holds x, y_train$"):
        load_npz(str(path))


def test_files_that_are_no_npz(tmp_path):
    """No file, a folder, text, one array, a pickle, a cut archive: all say so, with the name."""
    np.save(tmp_path / "one.npy", X)
    np.savez(tmp_path / "objects.npz", x_train=np.array([{}]), y_train=Y)
    np.savez(tmp_path / "whole.npz", x_train=X, y_train=Y)
    (tmp_path / "cut.npz").write_bytes((tmp_path / "whole.npz").read_bytes()[:-40])
    flipped = bytearray((tmp_path / "whole.npz").read_bytes())
    flipped[200] ^= 1
    (tmp_path / "flipped.npz").write_bytes(flipped)
    (tmp_path / "text.npz").write_text("hello", encoding="utf-8")
    (tmp_path / "empty.npz").touch()
    expected = {
        "none.npz": "no such file",
        ".": "is a folder",
        "one.npy": "is a single array, not an .npz",
        "objects.npz": "is not an .npz of plain arrays (an array holds Python objects, as a list of images of",
        "cut.npz": "is not an .npz of plain arrays",
        "flipped.npz": "is not an .npz of plain arrays",
        "text.npz": "is not an .npz of plain arrays",
        "empty.npz": "is not an .npz of plain arrays",
    }
    for name, message in expected.items():
        with pytest.raises(DataError) as caught:
            load_npz(str(tmp_path / name))
        assert str(caught.value).startswith(f"{tmp_path / name}: {message}")


def test_cifar10_in_the_form_in_which_it_comes(shared_data):
    """The real case: channels last, unsigned labels, a test set to leave alone."""
    arrays = load_npz(str(shared_data / "cifar10.npz"))
    assert arrays.x_train.shape == (50_000, 3, 32, 32)
    assert arrays.n_classes == 10
    np.testing.assert_array_equal(np.full(10, 5000), np.bincount(arrays.y_train))


def npy(shape, dtype="|u1", content=b""):
    """The bytes of an .npy file with any header."""
    header = f"{{'descr': {dtype!r}, 'fortran_order': False, 'shape': {shape}, }}".encode().ljust(117) + b"\n"
    return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + content


def write_zip(path, content, *, compression=zipfile.ZIP_STORED):
    """An .npz whose `x_train` has any content."""
    with zipfile.ZipFile(path, "w", compression) as archive:
        archive.writestr("x_train.npy", content)
        archive.writestr("y_train.npy", npy((4,), "<i8", np.array(Y, dtype="<i8").tobytes()))


def flip(path, offset_local, offset_central, value):
    """Overwrite two bytes of the first member's headers, in the file and in the directory at its end."""
    content = bytearray(path.read_bytes())
    central = content.index(b"PK\x01\x02")
    content[offset_local : offset_local + 2] = value
    content[central + offset_central : central + offset_central + 2] = value
    path.write_bytes(content)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_an_array_that_is_there_twice(tmp_path):
    """Nobody knows which of the two is meant."""
    path = tmp_path / "my.npz"
    write_zip(path, npy((4, 1, 1), content=bytes(4)))
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("x_train.npy", npy((4, 1, 1), content=bytes(4)))
    with pytest.raises(DataError, match=r"my\.npz: holds x_train more than once; save it with numpy\.savez"):
        load_npz(str(path))


@pytest.mark.parametrize("content", [b"", b"raw bytes", b"\x93NUM"])
def test_members_that_are_no_arrays(tmp_path, content):
    """An empty member and one of raw bytes are named."""
    write_zip(tmp_path / "my.npz", content)
    with pytest.raises(DataError, match=r"my\.npz: x_train is not an array"):
        load_npz(str(tmp_path / "my.npz"))


@pytest.mark.parametrize(
    "content",
    [
        npy((1 << 46,)),
        npy((1 << 90,)),
        npy((-1,)),
        npy((-1, 8, 8)),
        npy((-2, -2, 8)),
        npy((4, 8, 8), content=b"short"),
        npy("()x"),
        npy((4, 8, 8), dtype="|O"),
        npy((4, 8, 8), dtype="x,y"),
        npy("None"),
        npy("(" * 300),
        b"\x93NUMPY\x09\x09 what",
        b"\x93NUMPY\x01\x00",
    ],
)
def test_headers_that_lie(tmp_path, content):
    """58 TiB, negative sizes, objects, an unknown version: each ends in a line with the file's name."""
    write_zip(tmp_path / "my.npz", content)
    with pytest.raises(
        DataError, match=r"my\.npz: (is not an \.npz of plain arrays|its arrays do not fit into memory)"
    ):
        load_npz(str(tmp_path / "my.npz"))


@pytest.mark.parametrize(
    ("local", "central", "value"),
    [
        (6, 8, b"\x01\x00"),  # encrypted
        (8, 10, b"\x63\x00"),  # an unknown compression
        (8, 10, b"\x0e\x00"),  # LZMA, which it is not
        (8, 10, b"\x0c\x00"),  # bzip2, which it is not
        (8, 10, b"\x08\x00"),  # deflated, which it is not
        (4, 6, b"\x63\x00"),  # zip 9.9
    ],
)
def test_archives_that_cannot_be_unpacked(tmp_path, local, central, value):
    """Each with the reason."""
    write_zip(tmp_path / "my.npz", npy(X.shape, content=X.tobytes()))
    assert len(load_npz(str(tmp_path / "my.npz")).y_train) == 4
    flip(tmp_path / "my.npz", local, central, value)
    with pytest.raises(DataError, match=r"my\.npz: (is not an \.npz of plain arrays|cannot be read) \(.+\)"):
        load_npz(str(tmp_path / "my.npz"))


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_mutated_archives_are_read_or_named(tmp_path, compression):
    """Whatever bytes are flipped, there are arrays or a DataError."""
    draw = random.Random(0)
    write_zip(tmp_path / "whole.npz", npy(X.shape, content=X.tobytes()), compression=compression)
    whole = (tmp_path / "whole.npz").read_bytes()
    for _ in range(150):
        content = bytearray(whole)
        for _ in range(draw.choice([1, 1, 2, 5])):
            content[draw.randrange(len(content))] = draw.randrange(256)
        (tmp_path / "my.npz").write_bytes(content)
        with contextlib.suppress(DataError):
            load_npz(str(tmp_path / "my.npz"))


def test_a_table_that_is_called_npz(tmp_path):
    """It is told by its first bytes, and no word is said of pickles."""
    (tmp_path / "my.npz").write_text("label,pixel\n1,2\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"begins with b'label,'.*numpy\.savez") as caught:
        load_npz(str(tmp_path / "my.npz"))
    assert "pickle" not in str(caught.value)


def test_paths_that_cannot_be_opened(tmp_path, data_spec):
    """A FIFO, a link to itself, no such user, a path that is too long, no permission: usage errors with the path."""
    (tmp_path / "loop").symlink_to("loop")
    os.mkfifo(tmp_path / "fifo")
    for path, message in (
        (str(tmp_path / "fifo"), "fifo: is not a regular file"),
        ("/dev/zero", "/dev/zero: is not a regular file"),
        (str(tmp_path / "loop"), r"loop: cannot be read \(Too many levels"),
        ("~nosuchuser/x.npz", "~nosuchuser/x.npz: .*write the full path"),
        ("x" * 300, r"x: cannot be read \(File name too long\)"),
    ):
        for load in (load_npz, lambda path: open_split(data_spec(dataset="arrays", path=path))):
            with pytest.raises(DataError, match=message):
                load(path)


def test_a_file_that_may_not_be_read(tmp_path, data_spec, monkeypatch):
    """It is a mistake in the spec, not a fault of the disk."""

    def refuse(path, **_):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr("pathlib.Path.stat", refuse)
    with pytest.raises(DataError, match=r"my\.npz: cannot be read \(Permission denied\)"):
        open_split(data_spec(dataset="arrays", path=str(tmp_path / "my.npz")))
