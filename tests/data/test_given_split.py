"""A validation part that a file decides."""

import numpy as np
import pytest

from lrsearch.data.arrays import Arrays
from lrsearch.data.opening import open_split
from lrsearch.data.split import split
from lrsearch.errors import DataError, SpecError
from lrsearch.spec import make_spec, spec_values, spec_yaml

N = 60
Y = np.arange(N) % 3
X = np.arange(N, dtype=np.uint8).reshape(N, 1, 1, 1)


def parts(tmp_path, kind, values, **keys):
    """The first pixels of both parts, which are the numbers of their examples."""
    path = tmp_path / "split.npz"
    if kind == "indices":
        np.savez(path, **values)
    else:
        with path.open("wb") as file:
            np.save(file, values)
    data = {"split": {kind: str(path)}, "batch_size": 2, **keys}
    arrays = Arrays(x_train=X, y_train=Y, x_val=None, y_val=None, n_classes=3)
    found = split(arrays, make_spec({"data": data}).data)
    return [x.ravel().tolist() for x in (found.x_train, found.x_val)]


def test_indices_decide(tmp_path):
    """As scikit-learn yields them, in any order; what is in neither part is left out."""
    train, val = parts(tmp_path, "indices", {"train": np.arange(40)[::-1], "val": np.array([50, 45], dtype=np.uint8)})
    assert train == list(range(40))
    assert val == [45, 50]


def test_groups_are_not_torn_apart(tmp_path):
    """Each group is in one part; about the wanted share validates; another seed draws others."""
    groups = np.array([f"patient {k // 6}" for k in range(N)])
    train, val = parts(tmp_path, "groups", groups, val_fraction=0.25)
    assert not {k // 6 for k in train} & {k // 6 for k in val}
    assert len(val) == 18
    assert len(train) == 42
    assert parts(tmp_path, "groups", groups, val_fraction=0.25)[1] == val
    assert parts(tmp_path, "groups", groups, val_fraction=0.25, split_seed=1)[1] != val
    reduced, same = parts(tmp_path, "groups", groups, val_fraction=0.25, train_size=12)
    assert same == val
    assert len(reduced) == 12
    assert set(reduced) <= set(train)


@pytest.mark.parametrize("times", [np.arange(N)[::-1] // 4, np.datetime64("2026-01-01") + (np.arange(N)[::-1] // 4)])
def test_the_latest_validate(tmp_path, times):
    """Examples of one time stay together."""
    _, val = parts(tmp_path, "times", times, val_fraction=0.1)
    assert val == list(range(8))  # 6 are wanted, and the 5th to 8th have the same time


@pytest.mark.parametrize(
    ("kind", "values", "message"),
    [
        ("indices", {"train": np.arange(3)}, "expected an .npz with the arrays train and val"),
        ("indices", {"train": np.arange(9), "val": np.array([8])}, "example 8 is in train and in val"),
        ("indices", {"train": np.arange(9), "val": np.array([60])}, "indices from 60 to 60; allowed are 0 to 59"),
        ("indices", {"train": np.arange(9), "val": np.array([9, 9])}, "val has an index twice"),
        ("indices", {"train": np.arange(9), "val": np.zeros(2)}, "val holds float64"),
        ("indices", {"train": np.arange(9), "val": np.array([], int)}, "leaves no example to validate with"),
        ("indices", {"train": np.array([0, 1]), "val": np.array([3])}, "class 2 has no example to train with"),
        ("groups", np.zeros(N), "all examples are in one group"),
        ("groups", np.zeros(3), "holds 3 values, but there are 60 examples"),
        ("groups", np.zeros((N, 2)), r"expected an \.npy with one array"),
        ("times", np.zeros(N), "leaves no example to train with"),
    ],
)
def test_a_file_that_does_not_fit_is_refused(tmp_path, kind, values, message):
    """The message names the key, the file and what is allowed."""
    with pytest.raises(DataError, match=f"data.split.{kind}: .*{message}"):
        parts(tmp_path, kind, values)


def test_a_file_that_cannot_be_read_is_refused(tmp_path):
    """A missing one, one of anything else, and one with pickles."""
    arrays = Arrays(x_train=X, y_train=Y, x_val=None, y_val=None, n_classes=3)
    path = tmp_path / "x.npy"
    data = make_spec({"data": {"split": {"groups": str(path)}}}).data
    with pytest.raises(DataError, match="no such file"):
        split(arrays, data)
    for content in (b"groups", b""):
        path.write_bytes(content)
        with pytest.raises(DataError, match="is not a file of numpy arrays"):
            split(arrays, data)
    np.save(path, np.array([{}] * N, dtype=object), allow_pickle=True)
    with pytest.raises(DataError, match="is not a file of numpy arrays"):
        split(arrays, data)
    with pytest.raises(DataError, match="the data set has a validation part of its own"):
        split(Arrays(x_train=X, y_train=Y, x_val=X, y_val=Y, n_classes=3), data)


@pytest.mark.parametrize("value", [{}, {"groups": "a.npy", "times": "b.npy"}])
def test_a_spec_names_one_file(value):
    """Neither none nor two."""
    with pytest.raises(SpecError, match="give one of indices, groups and times"):
        make_spec({"data": {"split": value}})


def test_a_spec_with_a_split_is_written_and_read():
    """Without the keys that are not set."""
    spec = make_spec({"data": {"split": {"groups": "a.npy"}}})
    assert spec_values(spec)["data"]["split"] == {"groups": "a.npy"}
    assert "  split: {groups: a.npy}\n" in spec_yaml(spec)
    assert make_spec(spec_values(spec)) == spec


def test_a_changed_file_makes_another_split(tmp_path):
    """The split is not taken from memory or from the cache."""
    path = tmp_path / "times.npy"
    data = make_spec({"data": {"dataset": {"name": "synthetic", "size": 60}, "split": {"times": str(path)}}}).data
    data = data.model_copy(update={"batch_size": 2})
    np.save(path, np.arange(60))
    first = open_split(data).x_val.copy()
    np.save(path, np.arange(60)[::-1].astype(np.float32))
    assert not np.array_equal(first, open_split(data).x_val)
