"""Plugins that are written, loaded and forgotten again."""

import sys

import pytest

from lrsearch.catalog import entries_of_plugins, remove_entries
from lrsearch.plugins import load_plugins, loading


@pytest.fixture(autouse=True)
def _forget_plugins(tmp_path, monkeypatch):
    """No other test sees the names of a plugin; nothing is trusted that another test has used."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    path = list(sys.path)
    yield
    remove_entries(entries_of_plugins())
    loading.forget_plugins()
    sys.path[:] = path


@pytest.fixture
def write(tmp_path):
    """Write a file of Python that imports lrsearch, and return its path."""

    def write_file(text, name="mine.py"):
        path = tmp_path / name
        path.write_text(f"from typing import Literal\nimport lrsearch\n{text}")
        return path

    return write_file


@pytest.fixture
def load(write):
    """Write a plugin and load it."""

    def load_text(text, name="mine.py"):
        (plugin,) = load_plugins([write(text, name)])
        return plugin

    return load_text
