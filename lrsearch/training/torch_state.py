"""Restores torch's global state and all random generators after a search, because a notebook continues to use them."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from lrsearch.interfaces import NOTHING_GIVEN, Given
from lrsearch.training.registry import chosen_trainer


@contextmanager
def kept_torch_state(given: Given = NOTHING_GIVEN) -> Iterator[None]:
    """After the `with` block, restore torch's number of threads, torch's current GPU, and all random generators.

    The random generators of torch, numpy and Python are restored, because a function that builds a network may draw
    from any of these generators. This function imports torch, unless the trainer does not use torch.
    """
    if not chosen_trainer(given).uses_torch:
        yield
        return
    import torch

    n_threads, random_state = torch.get_num_threads(), torch.get_rng_state()
    of_python, of_numpy = random.getstate(), np.random.get_state()  # noqa: NPY002  (the generator that callers share)
    has_gpu = _uses_gpu()  # reading the state of an unused GPU would initialize it
    gpu_states = torch.cuda.get_rng_state_all() if has_gpu else []
    gpu = torch.cuda.current_device() if has_gpu else 0
    try:
        yield
    finally:
        torch.set_num_threads(n_threads)
        torch.set_rng_state(random_state)
        random.setstate(of_python)
        np.random.set_state(of_numpy)  # noqa: NPY002
        if has_gpu:
            torch.cuda.set_rng_state_all(gpu_states)
        if _uses_gpu():
            torch.cuda.set_device(gpu)


def _uses_gpu() -> bool:
    import torch

    uses: bool = torch.cuda.is_initialized()  # type: ignore[no-untyped-call]  # torch has no types for it
    return uses
