"""What a command loads: help at once, results without torch."""

import subprocess
import sys

import pytest

PROBE = """
import sys
from lrsearch.cli import main
for args in {commands!r}:
    sys.argv = ["lrsearch", *args]
    try:
        main()
    except SystemExit as end:
        assert not end.code, (args, end.code)
    loaded = {heavy!r} & set(sys.modules)
    assert not loaded, (args, loaded)
"""


def assert_loads_none(folder, heavy, commands):
    """Run commands one after the other in a new process; none of them loads a heavy package."""
    code = PROBE.format(heavy=heavy, commands=[command.split() for command in commands])
    done = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_help_loads_nothing_heavy(tmp_path):
    """Not even the spec."""
    heavy = {"torch", "optuna", "torchvision", "sklearn", "scipy", "numpy", "matplotlib", "lrsearch.spec"}
    commands = ["--help", "grid --help", "schedule --help", "--version", "guide", "guide data"]
    assert_loads_none(tmp_path, heavy, commands)


def test_reading_and_checking_load_no_torch(lrsearch_run):
    """A finished run is readable, and a spec is checked, without torch or optuna."""
    commands = [
        "check",
        "check --schema",
        "check --strategy bayes",
        "grid --dry-run",
        "list datasets",
        "list optimizers",
        "list schedules one-cycle",
        "schedule",
        "schedule --format csv",
        "schedule --out rate.svg",
        "init",
        "runs",
        "show latest",
        "show latest --format json",
        "report latest",
    ]
    assert_loads_none(lrsearch_run, {"torch", "torchvision", "optuna"}, commands)


@pytest.fixture
def lrsearch_run(tmp_path):
    """A folder with a finished run in it."""
    from lrsearch.runs.api import run_search
    from lrsearch.spec import make_spec

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LRSEARCH_TRAINER", "analytic")
        run_search(make_spec({"search": {"points": 3}}), runs_dir=tmp_path / "runs")
    return tmp_path
