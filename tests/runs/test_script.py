"""A script of one's own that searches with worker processes."""

import os
import subprocess
import sys

import pytest

import lrsearch

SEARCH = """{call}(
    {{"search": {{"lr": [0.01, 0.1, 0.2]}}, "train": {{"epochs": 1}}, "run": {{"executor": "processes", "jobs": 2}}}},
    runs_dir="runs", name="mine",
)
"""
UNGUARDED = "import lrsearch\nprint('begin')\nlrsearch." + SEARCH
GUARDED = "import lrsearch\nif __name__ == '__main__':\n    lrsearch." + SEARCH


def run_script(folder, text):
    """Run a script; returns its exit code, what it printed, and what it said on stderr."""
    (folder / "script.py").write_text(text)
    environment = {**os.environ, "LRSEARCH_TRAINER": "analytic"}
    ended = subprocess.run(
        [sys.executable, "script.py"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return ended.returncode, ended.stdout, ended.stderr


@pytest.mark.parametrize("call", ["run_search", "run_range"])
def test_a_script_without_a_guard_is_told_what_to_do(tmp_path, call):
    """Once, in one line, and no worker begins the search again; the same script with the line completes it."""
    code, _, said = run_script(tmp_path, UNGUARDED.format(call=call))
    assert code == 1
    assert said.count("Traceback") == 1
    assert "put the call below that line" in said.splitlines()[-1]
    assert 'if __name__ == "__main__":' in said.splitlines()[-1]
    code, _, said = run_script(tmp_path, GUARDED.format(call=call).replace('"mine"', '"guarded"'))
    assert (code, "Traceback" in said) == (0, False)


def test_a_run_of_a_script_without_a_guard_can_be_resumed(analytic, tmp_path):
    """Nothing was trained, and nothing is lost."""
    run_script(tmp_path, UNGUARDED.format(call="run_search"))
    assert not lrsearch.load_run(tmp_path / "runs" / "mine").results
    assert lrsearch.resume_run("mine", runs_dir=tmp_path / "runs").finished
