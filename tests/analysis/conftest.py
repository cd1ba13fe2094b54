"""Facts for the tests of the analysis."""

from __future__ import annotations

import pytest

from factories import make_task
from lrsearch.records import Task


@pytest.fixture(scope="session")
def task() -> Task:
    """Ten balanced classes and 500 validation images."""
    return make_task()
