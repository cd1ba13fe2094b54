"""Training: one trial at a time (`reference`), many as one stack (`population`), or by a formula (`analytic`).

Each trainer is a module with two functions: `prepare(spec)` resolves what the spec leaves open and checks it against
the machine and the data; `make_trainer(spec, worker)` builds the trainer in the process that will run it.
"""

from __future__ import annotations

import os

TRAINERS = {"torch": "lrsearch.training.trainer", "analytic": "lrsearch.training.analytic"}


def trainer_module() -> str:
    """Import name of the trainer: torch, or what LRSEARCH_TRAINER names (a test aid: "analytic" needs no torch)."""
    return TRAINERS[os.environ.get("LRSEARCH_TRAINER", "torch")]
