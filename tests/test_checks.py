"""The checks are listed in the Makefile alone; all else calls it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]
MAKEFILE = (ROOT / "Makefile").read_text()
TARGETS = set(re.findall(r"^([a-z-]+):", MAKEFILE, re.MULTILINE))
CALLERS = [".ci/run", ".pre-commit-config.yaml", ".github/workflows/ci.yml", "CONTRIBUTING.md"]


@pytest.mark.parametrize("caller", CALLERS)
def test_callers_name_targets_and_no_tools(caller):
    """Each names a target that exists, or `.ci/run`, and starts no checker itself."""
    text = (ROOT / caller).read_text()
    called = set(re.findall(r"(?:^|[\s`])make (?:--\S+ )?([a-z-]+)", re.sub(r"#.*", "", text), re.MULTILINE))
    assert called <= TARGETS
    assert called or ".ci/run" in text
    assert not re.search(r"ruff (check|format)|bin/mypy|lint-imports", text)


def test_check_runs_every_checker():
    """`make check` stands for ruff's two, mypy and import-linter."""
    (needs,) = re.findall(r"^check: ([a-z -]+) ##", MAKEFILE, re.MULTILINE)
    recipes = dict(re.findall(r"^([a-z-]+):.*\n\t(.+)$", MAKEFILE, re.MULTILINE))
    commands = [recipes[target].removeprefix("$(BIN)/") for target in needs.split()]
    assert commands == ["ruff check .", "ruff format --check .", "mypy", "lint-imports"]


def test_every_target_is_phony():
    """A file or folder of a target's name does not stop it."""
    (phony,) = re.findall(r"^\.PHONY: (.*)$", MAKEFILE, re.MULTILINE)
    assert set(phony.split()) == TARGETS


def test_the_workflow_may_only_read():
    """GitHub runs `.ci/run`, with each version of Python that the package names, and no right but to read."""
    workflow = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text())
    assert workflow["permissions"] == {"contents": "read"}
    job = workflow["jobs"]["ci"]
    assert [step["run"] for step in job["steps"] if "run" in step] == [".ci/run"]
    named = re.findall(r"Python :: (3\.\d+)", (ROOT / "pyproject.toml").read_text())
    assert job["strategy"]["matrix"]["python"] == named
