"""README, guide, help and configs say what the program does."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import typer
import yaml
from typer.testing import CliRunner

from lrsearch.analysis.evidence.remarks import REMARKS
from lrsearch.catalog import entries_of_plugins, remove_entries
from lrsearch.cli.main import app
from lrsearch.cli.program import split_program
from lrsearch.guide import PAGES, page_summary, page_text
from lrsearch.plugins import example_plugin, loading
from lrsearch.spec import load_spec
from lrsearch.store.evidence_json import FIELDS
from lrsearch.store.tables import RATE_COLUMNS, TRIAL_COLUMNS
from lrsearch.strategies import planned_rates

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text()
GUIDE = {f"lrsearch/guide/{name}.md": page_text(name) for name in PAGES}
MANUAL = {"README.md": README, **GUIDE}
DOCUMENTS = [*MANUAL, "ARCHITECTURE.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md"]
PROGRAM = typer.main.get_command(app)
CONFIGS = sorted(ROOT.glob("configs/**/*.yaml"))

MOST_README_LINES = 200
MOST_PAGE_LINES = 120
"""About three screens."""

MOST_CODE_COLUMNS = 76
"""What a terminal of 80 columns shows of a block of code without breaking its lines."""


def blocks(text, *languages):
    """The code blocks of a text in one of some languages."""
    found = re.findall(r"^```(\w*)\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    return [code for language, code in found if language in languages]


def marked(mark):
    """The code block behind a mark of the README."""
    return re.search(rf"<!-- {mark} -->\n```\w*\n(.*?)```", README, re.DOTALL).group(1)


def shell_lines(text):
    """The arguments of each `lrsearch ...` in the shell blocks of a text."""
    lines = [line for code in blocks(text, "sh") for line in code.replace("\\\n", "").splitlines()]
    return [shlex.split(line, comments=True)[1:] for line in lines if line.startswith("lrsearch ")]


def inline_lines(text):
    """The arguments of each `lrsearch ...` that stands in a sentence."""
    prose = re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)
    return [shlex.split(span)[1:] for span in re.findall(r"`(lrsearch [^`]+)`", prose)]


IN_BLOCKS = {shlex.join(args) for text in MANUAL.values() for args in shell_lines(text)}
INLINE = {shlex.join(args) for text in MANUAL.values() for args in inline_lines(text)}
COMMAND_LINES = sorted(IN_BLOCKS | {line for line in INLINE if " " in line and not line.startswith("COMMAND ")})
SEARCHES = [
    line
    for line in COMMAND_LINES
    if line.split()[0] in {"grid", "random", "bayes"} and "--executor ray" not in line  # no cluster is there
]


@pytest.mark.parametrize("command", sorted(PROGRAM.commands))
def test_every_command_is_documented_and_has_an_example(command):
    """A command that is not documented does not exist."""
    assert any(line.split()[0] == command for line in IN_BLOCKS)
    help_text = CliRunner().invoke(app, [command, "--help"]).output
    assert f"Example: lrsearch {command}" in help_text


def test_every_command_of_the_manual_exists():
    """README and guide name no command that is not there."""
    named = {line.split()[0] for line in IN_BLOCKS | INLINE if not line.startswith("-")}
    assert named - {"COMMAND"} == set(PROGRAM.commands)


@pytest.mark.parametrize("line", COMMAND_LINES)
def test_command_lines_of_the_manual_are_valid(line):
    """Each line has the flags and arguments that its command takes."""
    args, _ = split_program([arg for arg in shlex.split(line) if arg != "--help"])
    flags = [arg for arg in args if arg.startswith("--")]
    if args == flags:
        assert set(flags) <= {flag for option in PROGRAM.params for flag in option.opts}
    else:
        PROGRAM.commands[args[0]].make_context(args[0], args[1:])


@pytest.mark.parametrize("line", SEARCHES)
def test_searches_of_the_manual_are_valid(line, monkeypatch, tmp_path):
    """Each search plans what it says."""
    monkeypatch.chdir(ROOT)
    args, program = split_program(shlex.split(line))
    for name in ("python", "srun"):  # what the manual's programs begin with
        (tmp_path / name).touch(mode=0o700)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    for path in re.findall(r"data\.path=(\S+\.(?:npz|csv))", line):  # a plan opens the file
        np.savez(tmp_path / path, x_train=np.zeros(1))
        if path.endswith(".csv"):
            (tmp_path / path).write_text("text,label,price\ngood,1,2\n")
        monkeypatch.chdir(tmp_path)
    if "--plugin" in line:
        (tmp_path / "my_plugin.py").write_text(example_plugin("my_plugin.py"))
        (tmp_path / "my_net.py").write_text(next(code for code in blocks(README, "python") if "def my_net" in code))
        monkeypatch.chdir(tmp_path)
    for name in ("cat", "dog"):
        (tmp_path / "photos" / name).mkdir(parents=True)
        (tmp_path / "photos" / name / "1.jpg").touch()
    result = CliRunner().invoke(app, [*args, *([] if "--help" in args else ["--dry-run"])], obj=program)
    remove_entries(entries_of_plugins())
    loading.forget_plugins()
    assert result.exit_code == 0, result.output


@pytest.mark.parametrize("name", PAGES)
def test_yaml_of_the_guide_is_valid(name, tmp_path):
    """Each YAML block is a spec, if need be one that leaves keys out."""
    for number, code in enumerate(blocks(page_text(name), "yaml")):
        path = tmp_path / f"block-{number}.yaml"
        path.write_text(code)
        load_spec(path)


def test_the_spec_page_has_every_key(tmp_path):
    """The first spec of its page leaves out no key."""
    code = blocks(page_text("spec"), "yaml")[0]
    path = tmp_path / "page.yaml"
    path.write_text(code)
    spec = load_spec(path)
    assert spec.name == "mnist-cnn"
    shown = yaml.safe_load(code)
    for section in ("data", "train", "search", "run"):
        assert set(shown[section]) == set(type(getattr(spec, section)).model_fields)
    assert set(shown) == set(type(spec).model_fields) - {"placeholders"}  # those of a program


def test_python_of_the_manual_runs(tmp_path):
    """The examples run as they stand, one after the other, in a folder with the configs."""
    (tmp_path / "configs").symlink_to(ROOT / "configs")
    codes = [code for text in MANUAL.values() for code in blocks(text, "python")]
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(codes)], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    n_rows = 5  # search.points of the example that prints the table
    assert len(done.stdout.splitlines()) == sum(code.count("print(") for code in codes) - 1 + n_rows


def test_the_readmes_table_has_the_programs_form():
    """The expected output has the columns of the program's table, and the lines under it."""
    expected = marked("expected")
    words = ("rank", "val accuracy", "val loss", "recommended lr", "measured with: mlp", "torch.optim.SGD", "next: ")
    assert all(each in expected for each in words)
    assert sum(re.match(r"\s+\d+\s+\d\.\d\de-?", line) is not None for line in expected.splitlines()) == 14


def test_the_readme_explains_lines_that_its_output_has():
    """Each line that the README explains stands in the output above."""
    explained = README.partition("line by line\n")[2].partition("\n## ")[0]
    names = re.findall(r"^\| `([^`]+)`", explained, re.MULTILINE)
    assert len(names) >= 8
    assert all(name.rstrip(". ") in marked("expected") for name in names), names


def test_the_readme_is_short_and_leads_to_every_page():
    """Three screens, a picture, and a link to each page with what it is about."""
    assert len(README.splitlines()) <= MOST_README_LINES
    for name in PAGES:
        assert f"| [{name}](lrsearch/guide/{name}.md) | {page_summary(name)} |" in README
    assert 0 < (ROOT / "lrsearch/guide/report.png").stat().st_size < 150_000


def test_the_guide_has_the_pages_that_it_lists():
    """No page is forgotten, and none is missing."""
    assert sorted(PAGES) == sorted(path.stem for path in (ROOT / "lrsearch/guide").glob("*.md"))


@pytest.mark.parametrize("name", PAGES)
def test_pages_fit_a_terminal(name):
    """A page is short, says what it is about, and its blocks of code fit 80 columns."""
    text = page_text(name)
    assert re.match(r"# [A-Z][^:\n]+: \S", text)
    assert len(text.splitlines()) <= MOST_PAGE_LINES
    lines = [line for code in blocks(text, "sh", "yaml", "python", "text") for line in code.splitlines()]
    assert [line for line in lines if len(line) > MOST_CODE_COLUMNS] == []


def anchors(text):
    """What a link can point to in a text: its headings, as GitHub names them."""
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("document", DOCUMENTS)
def test_links_lead_somewhere(document):
    """Every link to a file, a page or a heading resolves."""
    path = ROOT / document
    for target in re.findall(r'\]\(([^)\s]+)\)|src="([^"]+)"', path.read_text()):
        file, _, anchor = "".join(target).partition("#")
        if "://" in file:
            continue
        there = (path.parent / file).resolve() if file else path
        assert there.exists(), target
        assert not anchor or anchor in anchors(there.read_text()), target


def test_files_that_the_readme_maps_exist():
    """The map of the files is no fiction, and leaves out no room."""
    listed = README.partition("## Files\n")[2]
    names = re.findall(r"^      ([a-z_]+(?:/|\.py))", listed, re.MULTILINE)
    for name in names:
        assert (ROOT / "lrsearch" / name).exists(), name
    rooms = {f"{path.parent.name}/" for path in (ROOT / "lrsearch").glob("*/__init__.py")}
    assert rooms <= set(names)


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_every_config_is_valid_and_says_what_to_expect(path):
    """Each config is a spec, stands on its page of the guide, and tells what was measured."""
    spec = load_spec(path)
    assert planned_rates("grid", spec)
    assert f"| `configs/{path.relative_to(ROOT / 'configs')}` |" in page_text("configs")
    comment = [line for line in path.read_text().splitlines() if line.startswith("#")]
    assert any("Measured" in line for line in comment)


def test_the_smoke_config_runs(tmp_path, monkeypatch):
    """The spec for CI smoke runs ends with a table."""
    monkeypatch.chdir(tmp_path)
    for strategy in ("grid", "random"):
        result = CliRunner().invoke(app, [strategy, str(ROOT / "configs/smoke.yaml")])
        assert result.exit_code == 0, result.output
        assert "recommended lr" in result.output


def test_top_level_holds_what_it_should():
    """No visible folder but those that are meant to be there."""
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    folders = {line.split("/")[0] for line in tracked.splitlines() if "/" in line}
    assert {folder for folder in folders if not folder.startswith(".")} == {"lrsearch", "configs", "tests", "runs"}


@pytest.mark.parametrize("name", [*RATE_COLUMNS, *TRIAL_COLUMNS, *FIELDS])
def test_every_field_of_the_results_is_documented(name):
    """What a program reads has a meaning that a person can look up."""
    assert f"`{name}`" in page_text("fields")


@pytest.mark.parametrize("name", REMARKS)
def test_every_remark_is_documented(name):
    """What a search may notice is said, with its threshold."""
    assert re.search(rf"^\| `{name}` \|", page_text("answer"), re.MULTILINE)
