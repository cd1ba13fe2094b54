"""What a command loads: help at once, results without torch."""

import subprocess
import sys

import pytest

PROBE = """
import sys
sys.argv = ["lrsearch", *{args!r}]
from lrsearch.cli import main
try:
    main()
except SystemExit as end:
    assert not end.code, end.code
heavy = {{"torch", "optuna", "torchvision", "sklearn", "scipy", "numpy", "matplotlib", "lrsearch.spec"}}
print("LOADED", *heavy & set(sys.modules))
"""


def loaded(tmp_path, *args):
    """The heavy packages that a command loads."""
    done = subprocess.run(
        [sys.executable, "-c", PROBE.format(args=args)], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return set(done.stdout.splitlines()[-1].split()[1:])


@pytest.mark.parametrize(
    "args",
    [["--help"], ["grid", "--help"], ["schedule", "--help"], ["--version"], ["guide"], ["guide", "data"]],
    ids=" ".join,
)
def test_help_loads_nothing_heavy(tmp_path, args):
    """Not even the spec."""
    assert loaded(tmp_path, *args) == set()


@pytest.mark.parametrize(
    "args",
    [
        ["check"],
        ["check", "--schema"],
        ["check", "--strategy", "bayes"],
        ["grid", "--dry-run"],
        ["list", "datasets"],
        ["list", "optimizers"],
        ["list", "schedules", "one-cycle"],
        ["schedule"],
        ["schedule", "--format", "csv"],
        ["schedule", "--out", "rate.svg"],
        ["init"],
        ["runs"],
        ["show", "latest"],
        ["show", "latest", "--format", "json"],
        ["report", "latest"],
    ],
    ids=" ".join,
)
def test_reading_and_checking_load_no_torch(lrsearch_run, args):
    """A finished run is readable, and a spec is checked, without torch or optuna."""
    assert not loaded(lrsearch_run, *args) & {"torch", "torchvision", "optuna"}


@pytest.fixture
def lrsearch_run(tmp_path):
    """A folder with a finished run in it."""
    from lrsearch.runs.api import run_search
    from lrsearch.spec import make_spec

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LRSEARCH_TRAINER", "analytic")
        run_search(make_spec({"search": {"points": 3}}), runs_dir=tmp_path / "runs")
    return tmp_path
