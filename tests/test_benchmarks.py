"""The benchmarks run; what they measure is for a quiet machine."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def run(*command: str) -> str:
    """What a benchmark prints."""
    command = (sys.executable, f"tests/benchmarks/{command[0]}.py", "--quick", *command[1:])
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=280)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow
def test_against_peers():
    """One small round against each peer ends with a ratio."""
    output = run("against_peers", "digits", "--peers", "optuna,ray,processes")
    for peer in ("optuna", "ray", "processes"):
        assert f"ratio {peer} / lrsearch" in output


@pytest.mark.slow
def test_engines():
    """One small row ends with what the rule takes."""
    assert "population" in run("engines").splitlines()[-1]


def test_replay():
    """A few replayed searches of each kind end with what both choices cost."""
    assert [line.split()[0] for line in run("replay").splitlines()[-3:-1]] == ["pooled", "losses"]


def test_range_finders():
    """Ours on one small case ends with what its range held."""
    assert "the range holds the best measured rate in 1 of 1" in run("range_finders")


@pytest.mark.slow
def test_scale():
    """A few trials and images end with a table."""
    assert "us an image" in run("scale").splitlines()[-1]


def test_ties():
    """A few simulated searches of each kind end with how often the best rate was tied."""
    kinds = [line[:20].strip() for line in run("ties").splitlines()[:-1]]
    assert kinds[-8:] == ["heavy tails"] * 4 + ["validation loss"] * 4


def test_states():
    """A few replayed searches end with how often a verdict went to and fro."""
    header, *rows = run("states").splitlines()[:-1]
    assert header.split() == ["best", "tied", "group", "far", "kept", "changed", "to", "and", "fro"]
    assert [row.split(",")[0] for row in rows] == ["random"] * 4 + ["bayes"] * 4


def test_auto():
    """A search of each kind on drawn curves ends with what it cost and lost; `auto` also with what held."""
    rows = [line.rsplit(maxsplit=8) for line in run("auto", "--only", "auto", "--only", "grid 9").splitlines()[1:]]
    assert [row[0].split()[0] for row in rows] == ["auto", "auto", "grid", "grid"]
    assert all(float(row[-1]) in {0.0, 1.0} for row in rows[:2])


def test_pruning():
    """A search of each kind on drawn curves ends with how often the best rate was pruned."""
    rows = run("pruning").splitlines()
    assert rows[0].split() == ["rule", "search", "schedule", "n", "pruned", "lost", "0.2", "saved"]
    assert len(rows) == 13
