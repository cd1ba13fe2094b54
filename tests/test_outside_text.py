"""Text from outside, on its way to a terminal: nothing in it is obeyed, and no line is forged."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import sys
from pathlib import Path

import numpy as np
import pytest
import yaml

import lrsearch
from lrsearch.cli.main import main
from lrsearch.errors import UsageError
from lrsearch.reporting.terminal import make_console
from lrsearch.runs import load_run
from lrsearch.store.log_lines import format_line
from lrsearch.wording import one_line, visible

PACKAGE = Path(lrsearch.__file__).parent
EVIL = "\x1b[31m\x9b1m\x1b]0;t\x07\r\b\x7f\u202e\u2066\u200b\ufeff\u2028\U000e0041\nFORGED\t<script>"
"""Colours, a title, a return, a turned direction, no width at all, and a line of its own."""

UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff\U000e0000-\U000e0fff]"
)

pytestmark = pytest.mark.usefixtures("analytic")


@pytest.fixture
def said(monkeypatch, tmp_path):
    """What `lrsearch ARGS` writes to stdout and to stderr; a forged line or an unseen character is a failure."""
    monkeypatch.chdir(tmp_path)

    def run(*args: str) -> tuple[str, str]:
        streams = [io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True) for _ in range(2)]
        with monkeypatch.context() as patch:
            patch.setattr(sys, "argv", ["lrsearch", *args])
            patch.setattr(sys, "stdout", streams[0])
            patch.setattr(sys, "stderr", streams[1])
            with pytest.raises(SystemExit):
                main()
        out, err = (stream.buffer.getvalue().decode() for stream in streams)
        for text in (out, err):
            assert UNSEEN.findall(text) == [], args
            assert not any(line.strip(" |-'").startswith("FORGED") for line in text.splitlines()), args
        return out, err

    return run


def spec_file(document: object) -> str:
    """A spec as YAML, whose escapes carry any character."""
    Path("x.yaml").write_text(yaml.safe_dump(document, allow_unicode=False), encoding="utf-8")
    return "x.yaml"


@pytest.mark.parametrize(
    "document",
    [
        {EVIL: 1},
        {"name": EVIL},
        {"model": EVIL},
        {"model": {"name": "mlp", EVIL: 1}},
        {"data": {"dataset": EVIL, "path": EVIL}},
        {"data": {"dataset": "folder", "path": EVIL}},
        {"train": {"optimizer": {"name": "sgd", "momentum": EVIL}, EVIL: {EVIL: EVIL}}},
        {"search": {"lr": [EVIL]}},
        {"arms": {EVIL: {"train.epochs": 3}, "b": {EVIL: 3}}},
        [EVIL],
    ],
)
def test_keys_and_values_of_a_spec(said, document):
    """A mistake is said, in lines of our own."""
    out, err = said("grid", spec_file(document))
    assert out == ""
    assert {line.split(":")[0] for line in err.splitlines()} == {"x.yaml"}


def test_words_of_the_command_line(said):
    """Files, names, flags and settings."""
    for args in (
        ("check", EVIL),
        (EVIL,),
        ("show", EVIL),
        ("show", "x", "--runs-dir", EVIL),
        ("runs", "--runs-dir", EVIL),
        ("grid", f"--{EVIL}"),
        ("grid", "--points", EVIL),
        ("grid", "--name", EVIL),
        ("grid", "--set", f"{EVIL}=1"),
        ("grid", "--over", f"{EVIL}=1,2"),
        ("compare", "a", "b", "--out", f"{EVIL}/x.html"),
        ("schedule", "--out", f"{EVIL}.png", "--lr", EVIL),
        ("guide", EVIL),
        ("list", EVIL),
        ("list", "models", EVIL),
    ):
        assert "\\x1b" in "".join(said(*args)), args


def test_members_of_an_archive(said, monkeypatch):
    """An .npz says what it holds."""
    monkeypatch.setenv("LRSEARCH_TRAINER", "torch")
    np.savez("my.npz", **{EVIL: np.zeros(1)})
    _, err = said("grid", "--set", "data.dataset=arrays", "--set", "data.path=my.npz")
    assert "x_train is missing; the file holds \\x1b[31m" in err
    assert len(err.splitlines()) == 2


def test_files_of_a_data_set(said, monkeypatch):
    """A folder of images, its classes and its files have any names."""
    monkeypatch.setenv("LRSEARCH_TRAINER", "torch")
    top = "x\u202e\u2066\u200b\ufeff"  # a spec refuses a path with control characters
    args = ("grid", "--set", "data.dataset=folder", "--set", f"data.path={json.dumps(top)}")
    _, err = said(*args)
    assert "x\\u202e" in err
    for name in (EVIL.replace("/", ""), "b"):
        folder = Path(top) / name
        folder.mkdir(parents=True)
        (folder / f"{name}.png").write_bytes(b"no picture")
    _, err = said(*args)
    assert "FORGED" in err
    for kind in ("folder", "arrays"):
        said("grid", "--set", f"data.dataset={kind}", "--set", f"data.path={json.dumps(top)}/none")


@pytest.fixture
def evil_run(said):
    """A run whose folder somebody edited: names, versions, warnings and messages."""
    said("grid", "--points", "3", "--name", "a", "-q")
    said("grid", "--points", "3", "--name", "b", "-q", "--set", "train.epochs=2")
    path = Path("runs/a/run.json")
    values = json.loads(path.read_text())
    values["sessions"][0]["warnings"] = [EVIL]
    for key in ("versions", "platform"):
        values[key] = {**values[key], EVIL: EVIL, "torch": EVIL, "processor": EVIL}
    values["task"]["name"] = values["task"]["kind"] = values["git_commit"] = EVIL
    values["command"] = ["lrsearch", EVIL]
    path.write_text(json.dumps(values))
    log = Path("runs/a/trials.jsonl")
    lines = []
    for line in log.read_bytes().splitlines():
        record = json.loads(line)
        record.pop("crc32")
        if record.get("trial", {}).get("number") == 1:
            record |= {"message": EVIL, "state": "failed", "score": None}
        lines.append(format_line(record))
    log.write_bytes(b"".join(lines))
    return load_run("a", runs_dir=Path("runs"))


def test_what_a_run_folder_holds(said, evil_run):
    """Every command that reads it, in every form."""
    assert EVIL in evil_run.warnings
    assert EVIL in [row.message for row in evil_run.ranking.rows]
    for form in ("table", "csv", "md", "json"):
        out, _ = said("show", "a", "--format", form)
        assert form == "json" or "\\x1b" in out.replace("\\\\", "\\")
        said("compare", "a", "b", "--force", "--format", form)
    out, _ = said("show", "a", "--format", "json")
    document = json.loads(out)
    assert EVIL in document["warnings"]
    assert EVIL in [rate["message"] for rate in document["rates"]]
    assert document["run"]["versions"]["torch"] == EVIL
    out, _ = said("show", "a", "--format", "md")
    assert "<script>" not in out.replace("\\<script", "")
    said("runs")
    said("resume", "a", "--points", "5")


def test_files_of_a_run_folder_that_somebody_edited(said, evil_run):
    """A page, pictures and tables made of it are whole, and show what they hold."""
    said("report", "a")
    folder = evil_run.path
    written = [folder / "report.html", *folder.glob("*.csv"), folder / "results.md", *folder.glob("plots/*.svg")]
    assert len(written) > 5
    for path in written:
        assert UNSEEN.findall(path.read_text(encoding="utf-8")) == [], path


def test_names_that_are_not_utf8(said):
    """A folder of a run and an arm of bytes: listed, shown, reported and compared."""
    said("grid", "--points", "3", "--name", "a", "-q")
    said("grid", "--points", "3", "--name", "b", "-q")
    name = os.fsdecode(b"\xff\x1bx")
    Path("runs/a").rename(Path("runs") / name)
    out, _ = said("runs")
    assert "\\udcff\\x1bx" in out
    assert "\\udcff" in said("show", name)[0]
    assert "\\udcff" in said("report", name)[1]
    assert "\\udcff" in (Path("runs") / name / "report.html").read_text(encoding="utf-8")
    for form in ("table", "csv", "md", "json"):
        assert "udcff" in said("compare", name, "b", "--format", form)[0]
    assert "wrote c.html" in said("compare", name, "b", "--out", "c.html", "--out", "c.png", "--out", "c.svg")[1]


def test_a_comparison_runs_no_formula_and_no_markup(said):
    """A folder may have any name: its cell in a CSV is no formula, its cell in Markdown no script."""
    said("grid", "--points", "3", "--name", "a", "-q")
    said("grid", "--points", "3", "--name", "b", "-q", "--set", "train.epochs=2")
    name = "=cmd|'<script>`x"
    Path("runs/a").rename(Path("runs") / name)
    rows = list(csv.DictReader(io.StringIO(said("compare", name, "b", "--format", "csv")[0])))
    assert f"'{name}" in [row["run"] for row in rows]
    out, _ = said("compare", name, "b", "--format", "md")
    table, _, fenced = out.partition("```text\n")
    assert "\\|'\\<script\\>\\`x" in table
    assert "<script>" not in table
    assert fenced.rstrip().endswith("```")
    assert fenced.count("```") == 1


def test_a_terminal_gets_our_own_escapes_only(monkeypatch):
    """Colours are ours; a text in a table, a string and a Text bring none along."""
    from rich.table import Table
    from rich.text import Text

    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    console = make_console()
    console.file, console._force_terminal, console._color_system = io.StringIO(), True, console._color_system
    table = Table(EVIL)
    table.add_row(Text(EVIL, style="bold red"))
    table.add_row(EVIL)
    table.caption = EVIL
    console.print(table)
    console.print(EVIL, style="green")
    console.print(Text(EVIL), soft_wrap=True)
    shown = console.file.getvalue()
    assert UNSEEN.findall(re.sub("\x1b\\[[0-9;]*m", "", shown)) == []
    assert "\x1b[31m\x9b" not in shown
    assert "\\x1b[31m" in shown


def test_every_unseen_character_is_shown():
    """All that Unicode calls control, format, separator of lines or half of a pair; text that is seen stays."""
    import unicodedata

    every = [chr(number) for number in range(0x110000)]
    unseen = [char for char in every if unicodedata.category(char) in {"Cc", "Cs", "Zl", "Zp"} and char not in "\n\t"]
    turned = [char for char in every if unicodedata.bidirectional(char) in {"LRE", "RLE", "LRO", "RLO", "PDF"}]
    assert [char for char in [*unseen, *turned] if char in visible(char)] == []
    kept = "aé漢字 العربية עברית ●━\n\t"
    assert visible(kept) == kept
    assert one_line("a\n\tb") == "a\\n\\tb"
    assert json.loads(visible(json.dumps({"x": EVIL}))) == {"x": EVIL}


def test_each_argument_of_an_error_is_a_line():
    """So a newline inside one comes from outside."""
    error = UsageError("one\ntwo", "three")
    assert error.lines == ("one\ntwo", "three")
    assert str(error) == "one\ntwo\nthree"


def test_there_is_one_door():
    """Only the streams of the program and its consoles write; an error of several lines has several arguments."""
    doors = {"cli/streams.py", "reporting/terminal/console.py"}
    written = re.compile(r"sys\.std(out|err)\.write|(?<![\w.>])print\(|typer\.echo|(?<!\w)Console\(|Error\(\s*\"\\n\"")
    own_pages = {"cli/guide.py", "command/provenance.py", "final/model_file.py"}  # text of our own; for other programs
    found = {
        f"{path.relative_to(PACKAGE)}"
        for path in PACKAGE.rglob("*.py")
        for line in path.read_text(encoding="utf-8").splitlines()
        if written.search(line) and not line.lstrip().startswith((">>>", "#"))
    }
    assert found - doors - own_pages == set()
