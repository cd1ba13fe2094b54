"""Training: one trial at a time (`single`), many as one stack (`stacked`), or by a formula (`analytic`).

Each trainer is a module with two functions: `prepare(spec)` resolves what the spec leaves open and checks it against
the machine and the data; `make_trainer(spec, worker)` builds the trainer in the process that will run it.
"""

from __future__ import annotations

from lrsearch.training.registry import TRAINERS, load_trainer, make_trainers, trainer_name, worker_of
from lrsearch.training.torch_state import kept_torch_state

__all__ = ["TRAINERS", "kept_torch_state", "load_trainer", "make_trainers", "trainer_name", "worker_of"]
