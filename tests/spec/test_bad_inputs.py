"""What people type, and what they are told: exact words, line and column, every mistake at once."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from lrsearch.errors import SpecError
from lrsearch.spec import load_spec

_TABLE = Path(__file__).with_name("bad-inputs.txt").read_text(encoding="utf-8")


def _cases():
    seen: Counter[str] = Counter()
    for row, block in re.findall(r"^## row (\S+)\n(.*?)(?=\n\n|\Z)", _TABLE, re.DOTALL | re.MULTILINE):
        lines = block.strip().split("\n")
        said = [line for line in lines if line.startswith(("exp.yaml:", "--set:"))]
        sets = [line for line in lines if line.startswith("--set ")]
        text = "".join(f"{line}\n" for line in lines if line not in said + sets)
        seen[row] += 1
        given = [line.removeprefix("--set ") for line in sets]
        yield pytest.param(text.replace("⇥", "\t").replace("␇", "\a"), given, said, id=f"row {row}, {seen[row]}")


@pytest.mark.parametrize(("text", "sets", "said"), list(_cases()))
def test_bad_file(text, sets, said, tmp_path, monkeypatch):
    """Every mistake of a file is named at once, in the file's order, with exit code 2."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "exp.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(SpecError) as caught:
        load_spec("exp.yaml", sets)
    assert said == str(caught.value).split("\n")
    assert caught.value.exit_code == 2


def test_rows_are_there():
    """Each row of the table that concerns a spec's text stands in the file; 11, 18 and 29 are tested below."""
    rows = set(re.findall(r"^## row (\d+)$", _TABLE, re.MULTILINE))
    assert {f"{row:02}" for row in range(2, 29)} - {"11", "18"} <= rows


@pytest.mark.parametrize(
    ("data", "said"),
    [
        pytest.param(b"name: \xff\n", "1:7: not valid UTF-8 at byte 6", id="row 17, not UTF-8"),
        pytest.param("seed: 1\nname: ü".encode("latin-1"), "2:7: not valid UTF-8 at byte 14", id="row 17, Latin-1"),
        pytest.param("seed: 1".encode("utf-16"), "1:1: not valid UTF-8 at byte 0", id="row 17, UTF-16"),
        pytest.param(
            "ü: 1\na: \0".encode(), "2:4: the file has a NUL byte at byte 9; is this a text file?", id="row 17, NUL"
        ),
    ],
)
def test_bytes(data, said, tmp_path, monkeypatch):
    """What is no text is answered with the byte where it stops being one."""
    monkeypatch.chdir(tmp_path)
    Path("exp.yaml").write_bytes(data)
    with pytest.raises(SpecError) as caught:
        load_spec("exp.yaml")
    assert str(caught.value) == f"exp.yaml:{said}"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("#" * (256 * 1024 + 1), "exp.yaml: the spec is too large, with over 256 KiB", id="bytes"),
        pytest.param(
            "- a\n" * 9_000,
            "exp.yaml:4998:3: the spec is too large, with over 5000 keys, values and brackets",
            id="values",
        ),
        pytest.param("a b\n" * 60_000, "exp.yaml: the spec is too large, with over 10000 lines", id="lines"),
        pytest.param("[" * 200_000, "exp.yaml:1:21: the values are nested too deep, over 20 levels", id="depth"),
        pytest.param(
            "a: " + "{a: " * 60_000, "exp.yaml:1:80: the values are nested too deep, over 20 levels", id="mappings"
        ),
        pytest.param("a: " + "9" * 200_000, "exp.yaml:1:1: unknown key 'a'", id="number"),
    ],
)
def test_too_large(text, said, tmp_path, monkeypatch):
    """Row 16: no text takes long, whatever it is made of."""
    monkeypatch.chdir(tmp_path)
    Path("exp.yaml").write_text(text)
    with pytest.raises(SpecError) as caught:
        load_spec("exp.yaml")
    assert str(caught.value) == said


def test_bomb(tmp_path):
    """Row 16: a bomb of aliases is refused one by one, and never expands."""
    lines = ["a: &a [x, x]"] + [f"{chr(98 + i)}: &{chr(98 + i)} [{f'*{chr(97 + i)}, ' * 9}]" for i in range(20)]
    (tmp_path / "exp.yaml").write_text("\n".join(lines))
    with pytest.raises(SpecError, match="anchors and aliases are not allowed"):
        load_spec(tmp_path / "exp.yaml")


def test_no_file(tmp_path, monkeypatch):
    """Row 18: what is not there, or is no file, is said without a line."""
    monkeypatch.chdir(tmp_path)
    for path, said in {
        "x.yaml": "no such file",
        ".": "is a directory; name a file in it",
        "a\0b": "cannot be read: embedded null byte",
        "a" * 300: "cannot be read: File name too long",
    }.items():
        with pytest.raises(SpecError) as caught:
            load_spec(path)
        assert str(caught.value) == f"{path}: {said}"


def test_no_permission(tmp_path):
    """Row 18: a file that may not be read is said to be so."""
    path = tmp_path / "exp.yaml"
    path.write_text("")
    path.chmod(0)
    try:
        path.read_bytes()
    except PermissionError:
        with pytest.raises(SpecError, match="cannot be read: permission denied"):
            load_spec(path)
    else:
        pytest.skip("this user may read every file")


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("search.lr.high", "--set: expected KEY=VALUE, got 'search.lr.high'"),
        ("=3", "--set: expected KEY=VALUE, got '=3'"),
        ("a..b=3", "--set: expected KEY=VALUE, got 'a..b=3'"),
        ("a.b=1", "--set: unknown key 'a'"),
        ("train.epoch=1", "--set: train: unknown key 'epoch'; did you mean 'epochs'?"),
        ("train.epochs=0", "--set: train.epochs: must be a whole number of at least 1, got 0"),
        ("train.epochs.x=1", "--set: train.epochs: must be a whole number of at least 1, got a mapping"),
        (
            "model={name: cnn, widht: 2}",
            "--set: model: cnn takes no 'widht'; did you mean 'width'? It takes width, norm, dropout",
        ),
        ("search.lr=[1, 2", "--set: the list opened here is not closed"),
        ("search.lr=[1, 2,", "--set: the list opened here is not closed"),
        ("search.lr={low: [1, 2],", "--set: the mapping opened here is not closed"),
        ("search.lr=[1, 1]", "--set: search.lr[1]: 1 repeats search.lr[0]"),
        ("search.lr=!!python/name:os.system", "--set: YAML tags are not allowed"),
        ("name=\udcff", "--set: the character U+DCFF is not allowed"),
    ],
)
def test_row_29(setting, said):
    """A bad --set names itself as the source, without a line."""
    with pytest.raises(SpecError) as caught:
        load_spec(None, [setting])
    assert str(caught.value) == said


def test_row_33(tmp_path):
    """The ends of a range cannot be set where a list of rates stands."""
    (tmp_path / "exp.yaml").write_text("search: {lr: [0.1, 0.2]}")
    with pytest.raises(SpecError) as caught:
        load_spec(tmp_path / "exp.yaml", ["search.lr.low=0.1"])
    assert str(caught.value) == "--set: search.lr is a list; --low and --high need a range"


def test_file_and_sets(tmp_path, monkeypatch):
    """Mistakes of the file and of every --set come together."""
    monkeypatch.chdir(tmp_path)
    Path("exp.yaml").write_text("train: {epochs: 0}\nmodel: cnn\n")
    with pytest.raises(SpecError) as caught:
        load_spec("exp.yaml", ["seed=x", "oops", "model.layers=3"])
    assert str(caught.value).split("\n") == [
        "--set: expected KEY=VALUE, got 'oops'",
        "--set: model: cnn takes no 'layers'; it takes width, norm, dropout",
        "--set: seed: must be a whole number in [0, 9223372036854775807], got text 'x'",
        "exp.yaml:1:17: train.epochs: must be a whole number of at least 1, got 0",
    ]
