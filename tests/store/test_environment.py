"""Versions, the machine and the commit, found without importing anything heavy."""

from __future__ import annotations

import platform
import subprocess
import sys

from lrsearch.store import git_commit, machine, package_versions, version_warnings


def test_versions_of_what_matters():
    """Python and the installed packages, by their own names."""
    versions = package_versions()
    assert versions["python"] == platform.python_version()
    assert {"lrsearch", "torch", "optuna", "numpy"} <= versions.keys()


def test_nothing_heavy_is_imported():
    """A finished run is readable without torch or optuna, and their versions are found without importing them."""
    code = (
        "import sys; from lrsearch import analysis, store; store.package_versions(); "
        "print(sorted({'torch', 'optuna', 'scipy'} & set(sys.modules)))"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"


def test_machine():
    """The system, a processor that has a name, at least one core."""
    found = machine()
    assert found.keys() == {"os", "processor", "cores"}
    assert found["processor"]
    assert found["cores"] >= 1


def test_git_commit(tmp_path):
    """The commit of a repository; none outside of one, before the first commit, or where there is no folder."""
    assert git_commit(tmp_path / "none") is None
    git = ["git", "-C", str(tmp_path), "-c", "user.name=a", "-c", "user.email=a@b"]
    subprocess.run([*git, "init", "-q"], check=True)
    assert git_commit(tmp_path) is None
    subprocess.run([*git, "commit", "-q", "--allow-empty", "-m", "first"], check=True)
    commit = git_commit(tmp_path)
    assert commit is not None
    assert len(commit) in {40, 64}


def test_version_warnings():
    """One line for each package that changed or went; new ones and equal ones say nothing."""
    warnings = version_warnings(
        {"torch": "2.1", "optuna": "5.0", "numpy": "2.0"}, {"torch": "2.2", "numpy": "2.0", "x": "1"}
    )
    assert len(warnings) == 2
    assert "torch 2.1, now it is 2.2" in warnings[0]
    assert "optuna 5.0, now it is not installed" in warnings[1]
