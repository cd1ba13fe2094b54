"""README, help and configs say what the program does."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from lrsearch.analysis.evidence.remarks import REMARKS
from lrsearch.cli.main import app
from lrsearch.records import STEP_METRICS
from lrsearch.spec import load_spec
from lrsearch.store.evidence_json import FIELDS
from lrsearch.store.tables import RATE_COLUMNS, TRIAL_COLUMNS
from lrsearch.strategies import planned_rates

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text()
COMMANDS = sorted(
    command.name or command.callback.__name__ for command in app.registered_commands if command.callback is not None
)
CONFIGS = sorted(ROOT.glob("configs/**/*.yaml"))


def block(mark):
    """The code block behind a mark of the README."""
    return re.search(rf"<!-- {mark} -->\n```\w*\n(.*?)```", README, re.DOTALL).group(1)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_in_the_readme_and_has_an_example(command):
    """A command that is not documented does not exist."""
    assert re.search(rf"^lrsearch {command}\b", README, re.MULTILINE)
    help_text = CliRunner().invoke(app, [command, "--help"]).output
    assert f"Example: lrsearch {command}" in help_text


def test_every_command_of_the_readme_exists():
    """And the other way round."""
    named = set(re.findall(r"(?:^|`)lrsearch ([a-z]+)", README, re.MULTILINE))
    assert named == set(COMMANDS)


@pytest.mark.parametrize("line", re.findall(r"^lrsearch (?:grid|random|bayes) .*$", README, re.MULTILINE))
def test_the_readmes_searches_are_valid(line, monkeypatch):
    """Each search of the README plans what it says."""
    monkeypatch.chdir(ROOT)
    args = line.partition("#")[0].split()[1:]
    result = CliRunner().invoke(app, [*args, "--dry-run"])
    assert result.exit_code == 0, result.output


def test_the_readmes_spec_has_every_key(tmp_path):
    """The spec of the README is valid, and leaves out no key."""
    path = tmp_path / "readme.yaml"
    path.write_text(block("spec"))
    spec = load_spec(path)
    assert spec.name == "mnist-cnn"
    shown = yaml.safe_load(block("spec"))
    for section in ("data", "train", "search", "run"):
        assert set(shown[section]) == set(type(getattr(spec, section)).model_fields)
    assert set(shown) == set(type(spec).model_fields)


def test_the_readmes_python_runs(tmp_path):
    """The example runs as it stands, in a folder with the configs."""
    (tmp_path / "configs").symlink_to(ROOT / "configs")
    code = re.search(r"```python\n(.*?)```", README, re.DOTALL).group(1)
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == 7


def test_the_readmes_table_has_the_programs_form():
    """The expected output has the columns of the program's table, and the lines under it."""
    expected = block("expected")
    words = ("rank", "val accuracy", "val loss", "recommended lr", "holds for: mlp", "torch.optim.SGD", "next: ")
    assert all(each in expected for each in words)
    assert sum(re.match(r"\s+\d+\s+\d\.\d\de-?", line) is not None for line in expected.splitlines()) == 14


def test_files_that_the_readme_maps_exist():
    """The map of the files is no fiction."""
    listed = README.split("## Files")[1].split("## Configs")[0]
    for name in re.findall(r"^      ([a-z_]+(?:/|\.py))", listed, re.MULTILINE):
        assert (ROOT / "lrsearch" / name).exists(), name


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_every_config_is_valid_and_says_what_to_expect(path):
    """Each config is a spec, stands in the README, and tells what was measured."""
    spec = load_spec(path)
    assert planned_rates("grid", spec)
    assert f"`configs/{path.relative_to(ROOT / 'configs')}`" in README
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


@pytest.mark.parametrize("name", [*RATE_COLUMNS, *TRIAL_COLUMNS, *FIELDS, *REMARKS])
def test_every_field_of_the_results_is_documented(name):
    """What a program reads has a meaning that a person can look up."""
    assert name in STEP_METRICS or f"`{name}`" in README or name in ("train_loss", "val_loss")
