"""The benchmarks run; what they measure is for a quiet machine."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def test_the_quick_benchmark_runs():
    """One small pair ends with a ratio."""
    command = [sys.executable, "tests/benchmarks/optuna_loop.py", "digits", "--quick"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=200)
    assert done.returncode == 0, done.stderr
    assert "ratio peer / lrsearch" in done.stdout
