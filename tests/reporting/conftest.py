"""Runs to show."""

import pytest

from lrsearch.runs import run_search
from lrsearch.spec import make_spec


@pytest.fixture
def run_of(analytic, tmp_path):
    """A finished run of the formula by a spec's search section."""

    def run(strategy="grid", train=None, arms=None, report=False, name=None, **search):
        spec = {"search": search, "train": train or {}, "arms": arms or {}}
        return run_search(make_spec(spec), strategy, runs_dir=tmp_path, report=report, name=name)

    return run
