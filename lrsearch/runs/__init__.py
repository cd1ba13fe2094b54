"""A run from its beginning to its results: prepare a spec for this machine, search, go on, read what is recorded.

`run_search` and `resume_run` are the way in; `Run` is what a run folder tells. Nothing here imports torch or
optuna until a search begins.
"""

from __future__ import annotations

from lrsearch.runs.api import resume_run, run_search
from lrsearch.runs.budget import n_further, n_trials
from lrsearch.runs.run import Run, load_run, read_run, write_up

__all__ = ["Run", "load_run", "n_further", "n_trials", "read_run", "resume_run", "run_search", "write_up"]
