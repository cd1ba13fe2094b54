"""Tables of one's own, and those of scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest

from lrsearch.data import check_files, describe, load_arrays, open_split, open_test
from lrsearch.data.arrays import Split
from lrsearch.data.standardised import standardised
from lrsearch.data.vectors import ResidentVectors
from lrsearch.errors import DataError

CSV = "size,colour,same,label\n1,red,x,no\n2.5,,x,yes\nNA,blue,x,no\n-1e1,red,x,yes\n"


@pytest.fixture
def load(tmp_path, data_spec):
    """Writes a file and reads it as a table."""

    def run(content, **options):
        (tmp_path / "x.csv").write_text(content)
        data = data_spec(dataset={"name": "table", **options}, path=str(tmp_path / "x.csv"), batch_size=1)
        check_files(data)
        return load_arrays(data)

    return run


def test_columns_of_numbers_and_of_texts(load):
    """A text becomes a column for each value; a missing number is NaN, a missing text is 0 everywhere."""
    arrays = load(CSV)
    expected = [[1, 0, 1], [2.5, 0, 0], [np.nan, 1, 0], [-10, 0, 1]]  # size, blue, red
    np.testing.assert_array_equal(arrays.x_train, expected)
    assert (arrays.y_train.tolist(), arrays.class_names) == ([0, 1, 0, 1], ("no", "yes"))
    assert arrays.remarks == ("data: column 'same' has the same value in all rows; it is left out",)


def test_a_mistake_in_a_column_of_numbers_is_told(load):
    """One text makes texts of all its values; a column of sizes, with few numbers, is none of numbers."""
    rows = [f"{'1O' if i == 3 else i},{'red' if i else 'x'},{i % 2}" for i in range(9)]
    arrays = load("\n".join(["a,b,y", *rows, ""]))
    assert arrays.x_train.shape == (9, 11)
    (remark,) = arrays.remarks
    assert remark == (
        "data: column 'a' has 8 different numbers, but also '1O' on line 5, so each of its values counts as a text; "
        "mend the line if this should be a column of numbers"
    )
    assert load("a,y\n1,0\n2,1\nXL,1\n").remarks == ()
    (remark,) = load("\n".join(["a,y", *(f"{i}%,{i % 2}" for i in range(9)), ""])).remarks
    assert remark.startswith("data: column 'a' has numbers with a sign or a unit, such as '0%' on line 2, so")


def test_numbers_to_predict(load):
    """A regression has no classes, and its labels keep their unit."""
    arrays = load("a,price\n1,10.5\n2,-3\n3,7e2\n", label="price", task="regression")
    assert (arrays.n_classes, arrays.y_train.tolist()) == (None, [10.5, -3.0, 700.0])
    two = load("a,y\n1,0.5\n2,1.5\n3,0.5\n", task="regression")
    assert "has only the values 0.5 and 1.5; for classes, set data.dataset.task" in two.remarks[0]


@pytest.mark.parametrize(
    ("content", "options", "message"),
    [
        ("", {}, "the file is empty"),
        ("a,y\n", {}, "has no rows"),
        ("a,b\n1,2\n", {}, "no column is named label or alike; set data.dataset.label to one of 'a', 'b'"),
        ("a,price\n1,2\n", {"label": "prize"}, "there is no column 'prize'; did you mean 'price'"),
        ("a,y\n1,2\n", {"ignore": "b"}, "data.dataset.ignore: there is no column 'b'"),
        ("a,y\n1,2\n", {"ignore": "a"}, "there is no column beside the label"),
        ("a,y\n1,2\n", {"ignore": "y, a"}, "data.dataset.ignore names the label 'y'"),
        ("a,y\n1,0\n1,1\n", {}, "no column beside the label has more than one value"),
        ("a,y\n1,0\n2,\n", {}, "line 3: the label 'y' is missing"),
        ("a,y\n1,0\ninf,1\n", {}, "column 'a': line 3: 'inf' is not a finite number"),
        ("a;y\n1,5;0\n2;1\n", {}, "column 'a': line 2: '1,5' is no plain number; write numbers with a point"),
        ('a,y\n1,0\n"1,234.5",1\n,1\n', {}, "column 'a': line 3: '1,234.5' is no plain number"),
        ("a,y\n1'000,0\n2'000,1\n", {}, "column 'a': line 2: '1'000' is no plain number"),
        ("a,y\n\u22121,0\n\u22122,1\n", {}, "column 'a': line 2: '\u22121' is no plain number"),
        ('a,y\n1,0\n2,"1\n3,0\n4,1\n', {}, "line 3: a quote is opened and never closed"),
        ('a,y\n1,0\n2,"x\n3,"1"\n4,1\n', {}, "line 3: text stands behind a closing quote"),
        ("a,day,y\n1,2026-11-28,0\n2,,1\n", {}, "column 'day' holds dates, such as '2026-11-28' on line 2"),
        (
            "a,y\n" + "".join(f"n{i},{i % 2}\n" for i in range(101)),
            {},
            "column 'a' has more than 100 different values and is no column of numbers, because of 'n0' on line 2",
        ),
        ("a,y\n1,0.5\n2,1.5\n", {}, "line 2: '0.5' has a fraction, so it is no class; for a regression, set"),
        (
            "a,y\n" + "".join(f"{i},{i}\n" for i in range(50)),
            {},
            "50 different numbers in 50 rows are no classes; for a regression, set data.dataset.task",
        ),
        ("a,y\n1,0\n2,0\n", {}, "column 'y': only the label '0'; at least two classes are needed"),
        ("a,y\n1,red\n2,2\n", {"task": "regression"}, "line 2: 'red' is not a finite number; for classes, set"),
        ("a,y\n1,3\n2,3\n", {"task": "regression"}, "every row has 3; there is nothing to learn"),
    ],
)
def test_mistakes_in_a_table_are_named(load, content, options, message):
    """With the column, the line and what to do."""
    with pytest.raises(DataError, match=rf"x\.csv: .*{message}"):
        load(content, **options)


def test_too_large_for_memory_is_estimated(load, monkeypatch):
    """From the size of the file, before it is read."""
    monkeypatch.setattr("lrsearch.data.memory.machine_bytes", lambda: 1_000)
    with pytest.raises(DataError, match=r"its rows take .* GiB of memory.*; give fewer rows or columns"):
        load("a,b,y\n" + "1,2,3\n" * 100)


def test_the_training_part_standardises():
    """Mean and deviation come from it alone; gaps become the mean, with a column that tells where they are."""
    nan = np.nan
    train = np.array([[1.0, 5.0, 0.0, nan], [3.0, 5.0, 1.0, 4.0], [nan, 5.0, 1.0, 8.0]])
    val = np.array([[7.0, 6.0, 0.0, 6.0], [nan, 5.0, nan, nan]])
    y = np.zeros(3, np.int64)
    parts = standardised(Split(x_train=train, y_train=y, x_val=val, y_val=y[:2], n_classes=2), None)
    assert parts.x_train.dtype == np.float32
    np.testing.assert_allclose(parts.x_train, [[-1, 0, 0, 0, 1], [1, 1, -1, 0, 0], [0, 1, 1, 1, 0]])
    np.testing.assert_allclose(parts.x_val, [[5, 0, 0, 0, 0], [0, 0, 0, 1, 1]])
    with pytest.raises(DataError, match="every column is constant in the training part"):
        standardised(Split(x_train=train[:, 1:2], y_train=y, x_val=val[:, 1:2], y_val=y[:2], n_classes=2), None)


@pytest.mark.parametrize(
    ("name", "shape", "classes"),
    [("wine", (178, 13), ("class_0", "class_1", "class_2")), ("breast-cancer", (569, 30), ("malignant", "benign"))],
)
def test_tables_of_scikit_learn(data_spec, name, shape, classes):
    """The same rows as scikit-learn returns."""
    from sklearn import datasets

    arrays = load_arrays(data_spec(dataset=name))
    source = getattr(datasets, f"load_{name.replace('-', '_')}")()
    assert (arrays.x_train.shape, arrays.class_names) == (shape, classes)
    np.testing.assert_array_equal(arrays.x_train, source.data)
    np.testing.assert_array_equal(arrays.y_train, source.target)


def test_diabetes_is_a_regression(data_spec):
    """The constant prediction explains nothing; on the device the target has mean 0 and deviation 1."""
    from sklearn import datasets

    arrays = load_arrays(data_spec(dataset="diabetes"))
    np.testing.assert_array_equal(arrays.y_train, datasets.load_diabetes().target)
    parts = open_split(data_spec(dataset="diabetes"))
    task = describe(parts, "diabetes", "rows")
    assert (task.n_classes, task.shape, task.n_train, task.n_val) == (None, (10,), 295, 147)
    assert task.baseline("r2").constant == 0.0
    assert task.baseline("train_loss").constant == 1.0
    assert task.baseline("mse").constant == pytest.approx(parts.y_val.var())
    assert task.baseline("val_accuracy").constant is None
    data = ResidentVectors(parts)
    mean, deviation = data.target_scale
    assert float(data.y_train.mean()) == pytest.approx(0.0, abs=1e-6)
    np.testing.assert_allclose(data.y_val.numpy() * deviation + mean, parts.y_val, rtol=1e-5)


TRAIN = "size,colour,price\n" + "".join(f"{i},{'red' if i % 2 else 'blue'},{10 * i}\n" for i in range(1, 21))


def with_test(folder, data_spec, content, **options):
    """The spec of a table with a test file."""
    (folder / "x.csv").write_text(TRAIN)
    (folder / "t.csv").write_text(content)
    dataset = {"name": "table", "label": "price", "task": "regression", **options}
    paths = {"path": str(folder / "x.csv"), "test_path": str(folder / "t.csv")}
    return data_spec(dataset=dataset, **paths, batch_size=1, val_fraction=0.25)


def test_a_test_file(tmp_path, data_spec):
    """Standardised by the training part of the search; an unknown text is a missing one; the label keeps its unit."""
    data = with_test(tmp_path, data_spec, "more,price,colour,size\nx,7,red,0\ny,7,green,\n")
    part, parts = open_test(data), open_split(data)
    assert part.y.tolist() == [7, 7]
    slope, offset = np.polyfit(parts.y_train / 10, parts.x_train[:, 0], 1)
    np.testing.assert_allclose(part.x, [[offset, 0, 1], [0, 0, 0]], atol=1e-5)
    assert slope > 0


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("size,price,colour\nbig,7,red\n", "column 'size': line 2: 'big' is not a finite number, as in the training"),
        ("size,colour\n1,red\n", "data.test_path: .*t.csv: there is no column 'price', as in .*x.csv; its columns are"),
        ("size,price,colour\n1,,red\n", "line 2: the label 'price' is missing"),
        ("size,price,colour\n1,cheap,red\n", "line 2: 'cheap' is not a finite number"),
    ],
)
def test_a_test_file_that_does_not_fit(tmp_path, data_spec, content, message):
    """One line that names the file; a search does not read it."""
    data = with_test(tmp_path, data_spec, content)
    check_files(data)
    open_split(data)
    with pytest.raises(DataError, match=message):
        open_test(data)


def test_nested_values_are_no_columns(tmp_path, data_spec):
    """A list in a row would count as a text. A text that begins with a bracket is one."""
    path = tmp_path / "x.jsonl"
    spec = data_spec(dataset="table", path=str(path), batch_size=1)
    path.write_text('{"a": [1, 2], "y": 0}\n{"a": [3, 4], "y": 1}\n')
    with pytest.raises(DataError, match=r"column 'a': line 1: expected a number or a text, got a list or an object"):
        load_arrays(spec)
    path.write_text('{"a": "[x", "y": 0}\n{"a": "[y", "y": 1}\n')
    assert load_arrays(spec).x_train.tolist() == [[1, 0], [0, 1]]
