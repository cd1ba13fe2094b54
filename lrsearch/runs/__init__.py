"""Runs: prepare a spec for this machine, search, resume, and read the results.

`run_search` starts a run and `resume_run` continues it. `Run` holds everything that a run folder records. Nothing here
imports torch or optuna before a search begins.
"""

from __future__ import annotations

from lrsearch.runs.api import resume_run, run_search
from lrsearch.runs.counts import budget, n_further, n_trials
from lrsearch.runs.final_training import run_training
from lrsearch.runs.new_run import ready
from lrsearch.runs.reading import load_run, read_run, write_up
from lrsearch.runs.run import Run

__all__ = [
    "Run",
    "budget",
    "load_run",
    "n_further",
    "n_trials",
    "read_run",
    "ready",
    "resume_run",
    "run_search",
    "run_training",
    "write_up",
]
