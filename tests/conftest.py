"""Fixtures for all rooms."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data sets beside the checkout; skips where there is none."""
    checkout = next(folder for folder in Path(__file__).resolve().parents if (folder / "pyproject.toml").is_file())
    folder = checkout.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("needs the real data sets in ../shared/data beside the checkout")
    return folder
