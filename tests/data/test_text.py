"""Texts of one's own: files with columns, and folders of files."""

from __future__ import annotations

import numpy as np
import pytest

from lrsearch.data import check_files, check_test, load_arrays, open_split, open_test
from lrsearch.errors import DataError

CSV = 'id,review,sentiment\n1,"good, really",pos\n2,"bad ""film""",neg\n\n3,good,pos\n'


@pytest.fixture
def load(tmp_path, data_spec):
    """Writes a file and reads it as a data set."""

    def run(content, name="x.csv", **options):
        (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        dataset = {"name": "text", "length": 3, **options}
        data = data_spec(dataset=dataset, path=str(tmp_path / name), batch_size=1)
        check_files(data)
        return load_arrays(data)

    return run


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("x.csv", CSV),
        ("x.CSV", CSV.encode("utf-8-sig").replace(b"\n", b"\r\n")),
        ("x.csv", CSV.replace(",", ";").replace("good; really", "good, really")),
        ("x.csv", CSV.replace(",", "\t").replace("good\t really", "good, really")),
        ("x.csv", CSV.replace(",", "|").replace("good| really", "good, really")),
        ("x.tsv", CSV.replace(",", "\t").replace("good\t really", "good, really")),
        (
            "x.jsonl",
            """{"id": 1, "review": "good, really", "sentiment": "pos"}

{"review": "bad film", "sentiment": "neg", "id": null}
{"id": 3, "review": "good", "sentiment": "pos"}
""",
        ),
    ],
)
def test_all_forms_give_the_same_arrays(load, name, content):
    """Columns are found by their names; quotes, empty lines and a byte-order mark do not matter."""
    arrays = load(content, name)
    assert arrays.x_train.tolist() == [[3, 4, 0], [1, 2, 0], [3, 0, 0]]
    assert arrays.y_train.tolist() == [1, 0, 1]
    assert arrays.class_names == ("neg", "pos")


def test_columns_of_other_names(load):
    """The options name them; of two columns, the one beside the label is the text. Numbers sort as numbers."""
    assert load("a,b,c\nx y,1,2\nz,1,1\n", text="a", label="c").x_train.tolist() == [[1, 2, 0], [3, 0, 0]]
    assert load("stars,words\n10,a\n9,b\n2,c\n", label="stars").class_names == ("2", "9", "10")
    assert load('{"q": "a", "label": true}\n{"q": "b", "label": 2.5}\n', "x.jsonl").class_names == ("2.5", "true")


@pytest.mark.parametrize(
    ("content", "options", "message"),
    [
        ("", {}, "the file is empty"),
        ("text,label\n", {}, "has no rows after the names of the columns"),
        ("text,label\na,1\n\xff".encode("latin1"), {}, r"is not UTF-8; save the file as UTF-8"),
        (b"text,label\n" + b"a,1\n" * 9000 + b"\xff,1\n", {}, r"is not UTF-8 \(a byte 0xff after line \d+\)"),
        ("text,label\na,1\nb,1\n", {}, "column 'label': only the label '1'; at least two classes are needed"),
        (
            "text,label\na,1\n,2\n",
            {"text": "txt"},
            r"data\.dataset\.text: there is no column 'txt'; did you mean 'text'\?",
        ),
        ("a,b,c\n1,2,3\n", {}, "no column is named label or alike; set data.dataset.label to one of 'a', 'b', 'c'"),
        ("text,label,class\n1,2,3\n", {}, "several columns are named label or alike"),
        (
            "a,b,label\n1,2,3\n",
            {},
            "no column is named text or alike; set data.dataset.text to one of 'a', 'b', 'label'",
        ),
        ("text,label\na,1\n", {"text": "label"}, "the column 'label' cannot be both text and label"),
        ("text,label\na,1,x\n", {}, "line 2 has 3 fields, but the first line names 2 columns"),
        ("text,label\na,1\nb,\n", {}, "line 3: the label is empty"),
        ("text,label\n!,1\n?,2\n", {}, "no text contains a word"),
        ("text,text\na,1\n", {}, "two columns are named 'text'"),
        ("text,,label\na,1,2\n", {}, "column 2 has no name in the first line"),
        (f"text,label\n{'a' * 140_000},1\n", {}, "line 2: a field has more than 131,072 characters"),
    ],
)
def test_mistakes_in_a_file_are_named(load, content, options, message):
    """With the file, and the line or the column."""
    with pytest.raises(DataError, match=rf"x\.csv: .*{message}"):
        load(content, **options)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "the file is empty"),
        ("[1]\n", "line 1: expected an object"),
        ('{"text": 1, "label": "a"}\n{', "line 2: is not JSON"),
        ('{"text": "a", "label": 1}\n{"text": "b"}\n', "line 2: there is no key 'label'"),
    ],
)
def test_mistakes_in_json_lines_are_named(load, content, message):
    """With the line."""
    with pytest.raises(DataError, match=message):
        load(content, "x.jsonl", **({"label": "a"} if 'a": 1}' in content else {}))


def test_too_many_labels(load):
    """A column with a different label in each row is no column of classes."""
    with pytest.raises(DataError, match="1,001 different labels; at most 1,000 classes are allowed"):
        load("text,label\n" + "".join(f"a,{i}\n" for i in range(1001)))


def test_a_folder_of_files(tmp_path, data_spec):
    """One folder per class, with a part for validation; other files are counted."""
    for name, content in {"train/no/a.txt": "bad", "train/yes/b.txt": "very good", "val/yes/c.txt": "good"}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content)
    (tmp_path / "train/yes/x.png").touch()
    data = data_spec(dataset={"name": "text", "length": 2}, path=str(tmp_path), batch_size=1)
    check_files(data)
    arrays = load_arrays(data)
    assert (arrays.x_train.tolist(), arrays.x_val.tolist()) == ([[1, 0], [3, 2]], [[2, 0]])
    assert (arrays.y_train.tolist(), arrays.y_val.tolist()) == ([0, 1], [1])
    assert "1 file of train/ was ignored (.png); texts are read from class folders (txt)" in arrays.remarks[0]
    (tmp_path / "train/no/a.txt").write_bytes(b"\xfe")
    with pytest.raises(DataError, match=r"a\.txt: is not UTF-8 \(byte 1\)"):
        load_arrays(data)


def test_too_large_for_memory_is_estimated(load, monkeypatch):
    """From the size of the file, before it is read."""
    monkeypatch.setattr("lrsearch.data.memory.machine_bytes", lambda: 10_000)
    with pytest.raises(DataError, match=r"its texts take .* GiB of memory.*lower data\.dataset\.length"):
        load("text,label\n" + "a,1\nb,2\n" * 100, length=1000)


def test_a_changed_file_is_read_again(tmp_path, data_spec):
    """The cache of splits sees another state, and so does another vocabulary."""
    file = tmp_path / "x.csv"
    file.write_text("text,label\n" + "a b,1\nc,2\n" * 10)
    keys = {"path": str(file), "batch_size": 1}
    first = open_split(data_spec(dataset="text", **keys))
    small = open_split(data_spec(dataset={"name": "text", "vocabulary": 1}, **keys))
    file.write_text("text,label\n" + "a d,1\nc,2\nc,2\n" * 10)
    again = open_split(data_spec(dataset="text", **keys))
    assert (first.n_words, small.n_words, len(again.y_train) > len(first.y_train)) == (5, 3, True)
    assert np.array_equal(small.x_train > 1, (small.x_train == 2))


def test_a_test_file(tmp_path, data_spec):
    """Its words have the numbers of the training part's vocabulary; the columns may have another order."""
    (tmp_path / "x.csv").write_text("text,label\n" + "good film,pos\nbad film,neg\n" * 5)
    (tmp_path / "t.csv").write_text("label,n,text\nneg,1,a bad film\npos,2,zebra\n")
    paths = {"path": str(tmp_path / "x.csv"), "test_path": str(tmp_path / "t.csv")}
    data = data_spec(dataset={"name": "text", "length": 3}, **paths, batch_size=1)
    check_test(data)
    part, parts = open_test(data), open_split(data)
    bad = next(x[0] for x, y in zip(parts.x_train, parts.y_train, strict=True) if y == 0)
    assert part.x.tolist() == [[1, bad, 2], [1, 0, 0]]  # film is the most frequent word
    assert part.y.tolist() == [0, 1]


def test_a_test_folder(tmp_path, data_spec):
    """`test/` beside `train/`, as for images; without it there is no test part."""
    for part in ("train", "test"):
        for name in ("neg", "pos"):
            for i in range(3):
                path = tmp_path / part / name / f"{i}.txt"
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(f"{name} words {part}")
    data = data_spec(dataset={"name": "text", "length": 3}, path=str(tmp_path), batch_size=1)
    part = open_test(data)
    assert (part.x[:, 2] == 1).all()  # "test" is not in the vocabulary
    assert part.y.tolist() == [0, 0, 0, 1, 1, 1]
    assert open_test(data.model_copy(update={"path": str(tmp_path / "train")})) is None


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            "text,label\na,other\n",
            "column 'label': line 2: 'other' is not a class of the training part; they are 'neg'",
        ),
        ("text,labels\na,pos\n", "there is no column 'label', as in .*x.csv; it has 'labels'; rename it"),
        ("text,label\n", "has no rows after the names of the columns"),
        ("text,label\na,\n", "line 2: the label is empty"),
    ],
)
def test_a_test_file_that_does_not_fit(tmp_path, data_spec, content, message):
    """One line that names the file; a search does not read it."""
    (tmp_path / "x.csv").write_text("text,label\n" + "good film,pos\nbad film,neg\n" * 5)
    (tmp_path / "t.csv").write_text(content)
    paths = {"path": str(tmp_path / "x.csv"), "test_path": str(tmp_path / "t.csv")}
    data = data_spec(dataset={"name": "text", "length": 3}, **paths, batch_size=1)
    check_files(data)
    open_split(data)
    with pytest.raises(DataError, match=message) as caught:
        open_test(data)
    assert "t.csv" in str(caught.value)
