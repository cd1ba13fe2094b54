"""Facts for the tests of the analysis."""

from __future__ import annotations

import pytest

from factories import make_facts
from lrsearch.records import Task


@pytest.fixture(scope="session")
def facts() -> Task:
    """Ten balanced classes and 500 validation images."""
    return make_facts()
