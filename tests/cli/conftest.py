"""The program as a process of its own."""

import contextlib
import os
import subprocess
import time

import pytest


@pytest.fixture
def environment():
    """Environment of a run: no data folder of the developer's, no colour, no terminal."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("LRSEARCH_")}
    return {**kept, "NO_COLOR": "1", "LRSEARCH_NO_REPORT": "1", "PYTHONWARNINGS": "error"}


@pytest.fixture
def lrsearch(tmp_path, environment, forks):
    """Run `lrsearch ARGS` in an empty folder; with the formula as trainer, unless `torch=True`."""

    def run(*args, code=0, torch=False, **variables):
        trainer = {} if torch else {"LRSEARCH_TRAINER": "analytic"}
        done = forks.run(args, cwd=tmp_path, env={**environment, **trainer, **variables})
        assert done.returncode == code, f"{args}: exit {done.returncode}\n{done.stdout}\n{done.stderr}"
        assert "Traceback" not in done.stderr
        return done

    return run


@pytest.fixture
def cut_off(tmp_path, environment, forks):
    """Run `lrsearch ARGS --name cut`, and send it a signal when its log has so many lines; how it ended."""

    def run(sent, *args, n_lines, torch=False):
        slow_formula = {} if torch else {"LRSEARCH_TRAINER": "analytic", "LRSEARCH_ANALYTIC_SECONDS": "0.02"}
        process = forks.start([*args, "--name", "cut"], cwd=tmp_path, env={**environment, **slow_formula})
        with contextlib.closing(process):
            log = tmp_path / "runs/cut/trials.jsonl"
            deadline = time.monotonic() + 100
            while not log.exists() or log.read_bytes().count(b"\n") < n_lines:
                assert time.monotonic() < deadline
                time.sleep(0.01)
            process.send_signal(sent)
            out, err = process.communicate(timeout=100)
        return subprocess.CompletedProcess(args, process.returncode, out, err)

    return run
