"""Results for the tests of the analysis room."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import factories
from lrsearch.records import DataFacts, Result


@pytest.fixture(scope="session")
def facts() -> DataFacts:
    """Ten balanced classes and 500 validation images."""
    return factories.make_facts()


@pytest.fixture(scope="session")
def make_result() -> Callable[..., Result]:
    """Make a result; `losses` are the training losses of its epochs."""
    return factories.make_result
