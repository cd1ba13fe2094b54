"""Trains trials: one at a time (`single`), several as one stack (`stacked`), or side by side on a GPU (`graphed`).

A trainer is a module (`torch_trainer`, or `analytic`, which computes results by a formula) with these functions:
`prepare(spec)` resolves what the spec leaves open and checks it against the machine and the data; `make_trainer(spec,
worker)` builds the trainer in the process that will run it; `make_step_trainer` builds the trainer of a range test. A
module that cannot train single steps has no `make_step_trainer`.
"""

from __future__ import annotations

from lrsearch.training.registry import TRAINERS, load_trainer, make_trainers, step_trainer, trainer_name, worker_of
from lrsearch.training.torch_state import kept_torch_state

__all__ = [
    "TRAINERS",
    "kept_torch_state",
    "load_trainer",
    "make_trainers",
    "step_trainer",
    "trainer_name",
    "worker_of",
]
